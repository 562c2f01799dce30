// Package pages lists the pages of Botswain that the browser tests look at: for violations of the
// accessibility rules, for something inline, for sideways scrolling, and to take pictures of them.
// A test of app/web compares the list with the route table, so a new page can't be forgotten.
package pages

// Page is one page in one state.
type Page struct {
	// Route is its pattern in the route table of app/web; "" for what isn't in it (errors).
	Route string
	// Name is that of its pictures.
	Name string
	// Path is where it is. {chatty}, {crashed} … stand for the id of a bot of the test's crew, or of a run.
	Path string
	// Alone marks pages that need an installation without a user or without a session.
	Alone Alone
	// Open is an expression that opens something on the page once it is there, and Shown is true when that
	// is open; "": nothing is.
	Open, Shown string
}

// Alone says which installation a page needs.
type Alone int

// The installations: one with a crew and somebody signed in; one that nobody is signed in to; one that
// has no user yet; one that has no bot yet.
const (
	Crewed Alone = iota
	SignedOut
	New
	Empty
)

// All are the pages.
func All() []Page {
	list := []struct {
		route, name, path string
		alone             Alone
	}{
		{"/setup", "setup", "/setup", New},
		{"/", "empty", "/", Empty},
		{"/login", "login", "/login", SignedOut},
		{"", "missing", "/nowhere", SignedOut},
		{"/", "dashboard", "/", Crewed},
		{"/", "dashboard-filtered", "/?q=nothing+like+this", Crewed},
		{"/bots/:id", "bot", "/bots/{chatty}", Crewed},
		{"/bots/:id", "bot-crashed", "/bots/{crashed}", Crewed},
		{"/bots/:id", "bot-stopped", "/bots/{stopped}", Crewed},
		{"/", "dashboard-table", "/?view=table&by=type", Crewed},
		{"/bots/:id/menu", "menu", "/bots/{chatty}/menu", Crewed},
		{"/bots/:id/logs", "logs", "/bots/{chatty}/logs", Crewed},
		{"/logs", "all-logs", "/logs", Crewed},
		{"/bots/:id/runs", "runs", "/bots/{chatty}/runs", Crewed},
		{"/bots/:id/runs/:run", "run", "/bots/{chatty}/runs/{run}", Crewed},
		{"/bots/:id/crashes", "crashes", "/bots/{crashed}/crashes", Crewed},
		{"/bots/:id/crashes/:run", "crash", "/bots/{crashed}/crashes/{crash}", Crewed},
		{"/events", "events", "/events", Crewed},
		{"/host", "host", "/host", Crewed},
		{"/bots/:id/settings", "settings", "/bots/{chatty}/settings", Crewed},
		{"/bots/:id/secrets", "secrets", "/bots/{secretive}/secrets", Crewed},
		{"/bots/:id/confirm/:action", "confirm", "/bots/{spent}/confirm/start", Crewed},
		{"/bots/new", "create-bot", "/bots/new", Crewed},
		{"/bots/templates", "templates", "/bots/templates", Crewed},
		{"/bots/templates/:key", "template", "/bots/templates/python-discord", Crewed},
		{"/help/reporting", "reporting", "/help/reporting", Crewed},
		{"/api/docs", "api-docs", "/api/docs", Crewed},
	}
	var out []Page
	for _, p := range list {
		out = append(out, Page{Route: p.route, Name: p.name, Path: p.path, Alone: p.alone})
	}
	return append(out,
		Page{Route: "/", Name: "palette", Path: "/", Open: "document.querySelector('[data-palette]').click()", Shown: "document.querySelectorAll('#palette[open] [role=option]').length > 3"},
		Page{Route: "/", Name: "shortcuts", Path: "/", Open: "document.getElementById('shortcuts').showModal()", Shown: "document.querySelector('#shortcuts[open]')"},
		Page{Route: "/bots/:id/settings", Name: "delete", Path: "/bots/{chatty}/settings", Open: "document.querySelector('#delete [data-open]').click()", Shown: "document.querySelector('#delete-bot[open]')"},
	)
}

// Parts are the GET routes for people that answer no page, and what they answer.
func Parts() map[string]string {
	return map[string]string{
		"/bots/:id/avatar":        "a picture",
		"/bots/:id/logs/download": "a file of lines",
		"/logs/download":          "a file of lines",
		"/palette":                "what the command palette chooses from",
	}
}
