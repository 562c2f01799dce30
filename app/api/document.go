package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

// Tags group the operations in the document.
const (
	tagBots    = "Bots"
	tagLogs    = "Logs"
	tagEvents  = "Events"
	tagStats   = "Statistics"
	tagReports = "Reports"
	tagKey     = "Encryption key"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

const description = `Everything that Botswain's pages can do with bots, for programs.

Each request needs a token: ` + "`Authorization: Bearer <token>`" + `. Make one with
` + "`botswain token create --user NAME`" + `. Errors are problem details (RFC 9457): ` + "`detail`" + ` says in words
what is wrong, and ` + "`errors`" + ` names the places, such as ` + "`body.restart.max_delay`" + `.
Times are RFC 3339, durations are written as in ` + "`1m30s`" + `.`

// config is huma's, with its docs page (it loads scripts from elsewhere) and its $schema links off.
func (a *API) config() huma.Config {
	c := huma.DefaultConfig("Botswain", "1")
	c.Info.Description = description
	c.OpenAPIPath = "" // served by serveDocument, in one form only
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.Transformers = []huma.Transformer{tidyProblem}
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token: botswain token create --user NAME"},
		runScheme: {Type: "http", Scheme: "bearer", Description: "The token of a run, from its environment: BOTSWAIN_REPORT_TOKEN"},
	}
	c.Security = []map[string][]string{{"token": {}}}
	c.Tags = []*huma.Tag{
		{Name: tagBots, Description: "Definitions of bots, and what they do now."},
		{Name: tagLogs, Description: "What bots print, line by line. A line's seq is its identity for each bot: 1, 2, 3 …"},
		{Name: tagEvents, Description: "What happened, when and by whom."},
		{Name: tagStats, Description: "What the machine and the bots use."},
		{Name: tagKey, Description: "The key that secrets are sealed under."},
		{Name: tagReports, Description: "What bots tell of themselves, with the token of their run."},
	}
	return c
}

// unmarshal reads JSON and says in plain words where it isn't what was expected.
func unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) { // json would put U+FFFD in its place without a word
		return errors.New("this isn't JSON: it isn't UTF-8")
	}
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("this isn't JSON: there is a mistake at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%q can't be a %s like this one", kind.Field, kind.Value)
	}
	return errors.New("this isn't JSON that can be read")
}

// operation completes what all operations have in common. Errors lists what it may answer beside
// 401, 500 and 503.
func operation(method, path, id, tag, summary, text string, errs ...int) huma.Operation {
	errs = append(errs, http.StatusUnauthorized, http.StatusServiceUnavailable)
	slices.Sort(errs)
	return huma.Operation{
		OperationID: id, Method: method, Path: Prefix + path, Tags: []string{tag},
		Summary: summary, Description: text, Errors: errs, MaxBodyBytes: maxBody,
		// A read deadline would outlive the body: when it passes, net/http takes the client for gone
		// and cancels a handler that still works. Only callers with a token come this far.
		BodyReadTimeout: -1,
	}
}

// serveDocument answers with the OpenAPI document, to anybody: it holds nothing of this installation.
func (a *API) serveDocument(c echo.Context) error {
	doc, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return c.Blob(http.StatusOK, "application/openapi+json", doc)
}

// finishDocument adds what huma can't know: what answers look like, which headers errors carry.
func finishDocument(doc *huma.OpenAPI) {
	for _, s := range doc.Components.Schemas.Map() {
		for name, p := range s.Properties {
			s.Properties[name] = allowNull(p)
		}
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			text := &huma.Schema{Type: huma.TypeString}
			op.Responses["401"].Headers = map[string]*huma.Param{"WWW-Authenticate": {Description: `Always "Bearer".`, Schema: text}}
			op.Responses["503"].Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds, when a time is known.", Schema: text}}
			if r := op.Responses["429"]; r != nil {
				r.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds.", Schema: text}}
			}
			for code, r := range op.Responses {
				if n, _ := strconv.Atoi(code); n >= 400 {
					r.Content["application/problem+json"].Example = exampleProblem(n)
				}
			}
		}
	}
}

// allowNull mends what JSON Schema takes more strictly than huma: null must be in an enum, and a
// reference alone can't be null. See mayBeNull.
func allowNull(p *huma.Schema) *huma.Schema {
	switch {
	case p.Nullable && len(p.Enum) > 0:
		p.Enum = append(p.Enum, nil)
	case p.Ref != "" && slices.Contains(mayBeNull(), p.Ref[strings.LastIndex(p.Ref, "/")+1:]):
		return &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
	}
	return p
}

// mayBeNull lists the objects that an answer may have null in place of.
func mayBeNull() []string {
	return []string{"Exit", "Reported", "Install", "PlatformFailure", "PlatformIdentity", "TelegramFigures", "DiscordFigures", "DiscordIntents", "DiscordSessions"}
}

func exampleProblem(status int) any {
	detail := map[int]string{
		http.StatusBadRequest:            "The request can't be read.",
		http.StatusUnauthorized:          "This needs a valid API token.",
		http.StatusForbidden:             "The encryption key is for the command line on Botswain's machine only.",
		http.StatusNotFound:              "There is no bot with this id.",
		http.StatusConflict:              "The bot is stopped; start it instead.",
		http.StatusPreconditionFailed:    "Somebody else has changed the bot in the meantime.",
		http.StatusRequestEntityTooLarge: "The body is larger than 1 MiB.",
		http.StatusUnsupportedMediaType:  "Send the body as application/json.",
		http.StatusUnprocessableEntity:   "Please correct: name.",
		http.StatusTooManyRequests:       "A run may send 60 reports a minute.",
		http.StatusServiceUnavailable:    "The database is away; this works again when it is back.",
	}[status]
	if detail == "" {
		detail = oops
	}
	p := map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}
	if status == http.StatusUnprocessableEntity {
		p["errors"] = []any{map[string]any{"location": "body.name", "message": "Give the bot a name."}}
	}
	return p
}
