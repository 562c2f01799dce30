package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// story is what the bot of these tests prints: 1,200 lines with a needle in every hundredth, a warning in
// colours, a logged exception, and what is typed.
const story = `i=1; while [ $i -le 1200 ]; do
if [ $((i % 100)) = 0 ]; then echo "[info] needle $i in the hay"; else echo "[debug] hay $i"; fi; i=$((i+1)); done
printf '\033[33mWARN\033[0m rate \033[1mlimit\033[0m hit, see https://example.com/limits?a=1&b=2.\n'
cat <<END
ERROR:router:/ban failed
Traceback (most recent call last):
  File "/srv/bot.py", line 9, in ban
    raise KeyError("user")
KeyError: 'user'
END
echo last words
while read -r line; do echo "heard $line"; done`

func sh(script string) fields { return fields{"command": []string{"sh", "-c", script}} }

// text is what a page answers without scripts.
func text(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", url, res.StatusCode, err)
	}
	return string(body)
}

func (s *server) storyteller() botJSON {
	b := s.create("Storyteller", sh(story))
	s.do(b.ID, "start")
	eventually(s.t, 30*time.Second, "the last words", func() bool { return s.hasLine(b.ID, "last words") })
	return b
}

// Without scripts the log is pages of lines with a filter and ways to older and newer ones.
func TestLogWithoutScripts(t *testing.T) {
	t.Parallel()
	s := install(t)
	b, c := s.storyteller(), s.login()
	base := s.url + "/bots/" + b.ID + "/logs"

	page := text(t, c, base+"?q=needle")
	if n := strings.Count(page, "<mark>needle</mark>"); n != 12 || strings.Contains(page, "hay 99<") {
		t.Errorf("%d matches are marked", n)
	}
	page = text(t, c, base+"?q=needle+%5B24%5D00&re=1")
	if n := strings.Count(page, "<mark>needle "); n != 2 {
		t.Errorf("%d matches of the expression", n)
	}
	if page = text(t, c, base+"?q=(&re=1"); !strings.Contains(page, "no regular expression") {
		t.Error("a broken expression isn't explained")
	}
	// A filter for errors has the whole trace, folded; stderr alone is no error.
	page = text(t, c, base+"?level=error")
	if !strings.Contains(page, `class="log-fold"`) || !strings.Contains(page, "+4 lines") || strings.Contains(page, "last words") || strings.Contains(page, "rate ") {
		t.Error("the errors aren't shown as they should")
	}
	page = text(t, c, base)
	if !strings.Contains(page, `href="https://example.com/limits?a=1&amp;b=2"`) || !strings.Contains(page, `<span class="ansi-yellow">WARN</span>`) {
		t.Error("no link, or no colour")
	}
	older := strings.ReplaceAll(between(page, `data-older data-place="`, `"`), "&amp;", "&")
	if page = text(t, c, base+"?before="+older); !strings.Contains(page, "needle 900 ") || strings.Contains(page, "last words") || !strings.Contains(page, "Newer lines") {
		t.Error("the way to older lines is wrong")
	}
	if page = text(t, c, base+"?line=500"); !strings.Contains(page, `id="line"`) || !strings.Contains(page, "hay 499<") {
		t.Error("a link to a line doesn't show it with what is around it")
	}
	if page = text(t, c, base+"?since=15m&stream=stderr"); strings.Contains(page, "hay ") {
		t.Error("the stream isn't filtered")
	}
	if page = text(t, c, s.url+"/logs?q=needle+1100"); !strings.Contains(page, "Storyteller</em>") || strings.Count(page, "<mark>") != 1 {
		t.Error("the logs of all bots don't find it")
	}

	// Downloads of the range: text and lines of JSON, and packed.
	if got := text(t, c, base+"/download?q=needle"); strings.Count(got, "\n") != 12 || !strings.Contains(got, " info\t[info] needle 100 in the hay\n") {
		t.Errorf("text: %.200s", got)
	}
	if got := text(t, c, base+"/download?format=ndjson"); strings.Count(got, "\n") < 1207 || !strings.Contains(got, `"message":"[debug] hay 1"`) {
		t.Errorf("%d lines of JSON", strings.Count(got, "\n"))
	}
	if got := text(t, c, base+"/download?gz=1&q=needle"); !strings.HasPrefix(got, "\x1f\x8b") {
		t.Errorf("gz: %.20q", got)
	}
	if got := text(t, c, s.url+"/logs/download?q=needle"); strings.Count(got, "[Storyteller] info") != 12 {
		t.Errorf("of all bots: %.200s", got)
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// A person searches, goes from match to match, leads somebody to a line, comes back, and downloads.
func TestLogSearchAndKeys(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.storyteller()
	ctx := browser(t)
	s.signIn(ctx)
	path := "/bots/" + b.ID + "/logs"
	wait := func(expr string) { t.Helper(); until(t, ctx, 30*time.Second, expr) }
	key := func(k string) { t.Helper(); steps(t, ctx, "key "+k, chromedp.KeyEvent(k)) }
	steps(t, ctx, "open", chromedp.Navigate(s.url+path))
	wait("document.querySelector('#connection')?.dataset.mode === 'live' && document.querySelector('.log-fold')")

	// The slash leads to the search; what is found comes without the page being loaded anew.
	js[bool](t, ctx, "(window.same = true)")
	js[bool](t, ctx, "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true, cancelable: true })) || true")
	wait("document.activeElement.id === 'log-search'")
	steps(t, ctx, "search", chromedp.SendKeys(chromedp.CSS("#log-search"), "needle"))
	wait("document.querySelectorAll('#log-lines mark').length === 12 && location.search === '?q=needle' && window.same")
	wait("document.getElementById('log-found').innerText.startsWith('12')")
	if got := js[string](t, ctx, "document.activeElement.id"); got != "log-search" {
		t.Errorf("the focus went to %q", got)
	}
	// New lines that pass come, others don't.
	if code := s.call("POST", "/bots/"+b.ID+"/stdin", fields{"line": "a new needle"}, nil); code >= 300 {
		t.Fatal(code)
	}
	wait("document.querySelector('#log-lines').textContent.includes('heard a new ') && !document.querySelector('#log-lines').textContent.includes('last words')")

	key(kb.Escape)
	wait("document.activeElement.id === 'log'")
	key("n")
	wait("document.querySelector('mark[data-now]')?.closest('.log-line') === document.activeElement")
	first := js[int](t, ctx, "+document.activeElement.dataset.seq")
	key("p")
	wait(fmt.Sprintf("+document.activeElement.dataset.seq !== %d", first))
	for js[string](t, ctx, "document.activeElement.querySelector('.log-text').textContent") != "[info] needle 500 in the hay" {
		key("p")
	}
	// What is around the match, and a link that stays.
	at := js[int](t, ctx, "+document.activeElement.dataset.seq")
	key("x")
	wait(fmt.Sprintf("location.search === '?line=%d' && document.querySelector('#log-lines [data-hit][data-seq=\"%d\"]') && document.readyState === 'complete'", at, at))
	wait("(r => r.top > 0 && r.bottom < innerHeight)(document.querySelector('[data-hit]').getBoundingClientRect()) && document.querySelectorAll('.log-line').length > 100")
	if got := js[string](t, ctx, fmt.Sprintf("document.querySelector('[data-seq=\"%d\"]').textContent", at-1)); !strings.Contains(got, "hay 499") {
		t.Errorf("before it there is %q", got)
	}
	steps(t, ctx, "back", chromedp.NavigateBack())
	wait("location.search.startsWith('?q=needle') && document.getElementById('log-search')?.value === 'needle' && document.querySelectorAll('#log-lines mark').length >= 12 && document.querySelector('#connection')?.dataset.mode === 'live'") // its scripts run

	// A level as well; then the range is downloaded as the page's link says.
	js[bool](t, ctx, "document.querySelector('input[name=level][value=info]').click() ?? true")
	wait("location.search === '?q=needle&level=info' || location.search === '?level=info&q=needle'")
	wait("document.querySelector('#log-download a[href*=ndjson][href*=level]')")
	js[bool](t, ctx, `(window.got = null, fetch(document.querySelector('#log-download a[href*="gz=1"][href*=ndjson]').href).then(r => new Response(r.body.pipeThrough(new DecompressionStream('gzip'))).text()).then(x => { window.got = x.trim().split('\n').map(JSON.parse) }), true)`)
	wait("window.got?.filter(l => /needle \\d+ in the hay/.test(l.message)).length === 12 && window.got.every(l => l.level === 'info' && l.message.includes('needle')) && window.got[0].message.includes('needle 100 ')")

	// A broken expression is explained while what was found stays.
	js[bool](t, ctx, "document.querySelector('input[name=re]').click() ?? true")
	steps(t, ctx, "search", chromedp.SendKeys(chromedp.CSS("#log-search"), "("))
	wait("document.getElementById('log-problem').innerText.includes('no regular expression') && document.querySelectorAll('#log-lines mark').length >= 12")
	js[bool](t, ctx, "document.querySelector('[data-log-clear]').click() ?? true")
	wait("location.search === '' && document.querySelectorAll('#log-lines .log-line').length > 150 && document.activeElement.id === 'log-search'")

	// Lines are chosen and copied by keys, a trace unfolds.
	key(kb.Escape)
	js[bool](t, ctx, "(window.copied = '', navigator.clipboard.writeText = async x => { window.copied = x }, true)")
	js[bool](t, ctx, "document.querySelector('.log-fold summary time').click() ?? true")
	wait("document.activeElement.closest('.log-fold')")
	key("e")
	wait("document.querySelector('.log-fold').open")
	key("j")
	key("J")
	key("c")
	wait(`/Traceback \(most recent call last\):\n.*File "\/srv\/bot.py", line 9/.test(window.copied)`)
	key("l")
	wait("/\\/logs\\?line=\\d+$/.test(window.copied)")
	key(kb.Escape)
	wait("document.activeElement.id === 'log'")
	key("w")
	key("t")
	steps(t, ctx, "reload", chromedp.Reload())
	wait("document.documentElement.dataset.logWrap === 'on' && document.documentElement.dataset.logTimes === 'off' && document.getElementById('log-wrap')?.ariaPressed === 'true'")

	// All bots together, with their names; one step up the page loads what is older.
	steps(t, ctx, "all", chromedp.Navigate(s.url+"/logs"))
	wait("document.querySelector('#log-lines em')?.innerText === 'Storyteller' && document.querySelector('#connection')?.dataset.mode === 'live'")
	had := js[int](t, ctx, "document.querySelectorAll('.log-line').length")
	if code := s.call("POST", "/bots/"+b.ID+"/stdin", fields{"line": "everybody"}, nil); code >= 300 {
		t.Fatal(code)
	}
	wait("document.querySelector('#log-lines').textContent.includes('heard everybody')")
	js[int](t, ctx, "log.scrollTop = 0")
	wait(fmt.Sprintf("document.querySelectorAll('.log-line').length > %d + 400", had))
	seqs := js[[]int](t, ctx, "[...document.querySelectorAll('.log-line')].map(e => +e.dataset.seq)")
	for i, n := range seqs[1:] {
		if n != seqs[i]+1 {
			t.Fatalf("line %d comes after %d", n, seqs[i])
		}
	}
}

// 5,000 lines a second are followed: few enough stand in the page, it pauses and goes on.
func TestLogFollowsAFlood(t *testing.T) {
	t.Parallel()
	s := install(t)
	b := s.create("Flood", sh(`i=1; while :; do seq -f "2026-11-26 10:00:00,123 - telegram.ext.Application - INFO - update %.0f handled in 12 ms by worker 3" $i $((i+249)); i=$((i+250)); sleep 0.05; done`))
	ctx := browser(t)
	s.signIn(ctx)
	steps(t, ctx, "open", chromedp.Navigate(s.url+"/bots/"+b.ID+"/logs"))
	until(t, ctx, 30*time.Second, "document.querySelector('#connection')?.dataset.mode === 'live'")
	js[bool](t, ctx, "(window.tasks = [], new PerformanceObserver(l => tasks.push(...l.getEntries().map(e => e.duration))).observe({ type: 'longtask' }), window.most = 0, setInterval(() => { most = Math.max(most, document.querySelectorAll('.log-line').length) }, 200), true)")
	began := time.Now()
	s.do(b.ID, "start")
	newest := "[...document.querySelectorAll('.log-line')].at(-1)?.dataset.seq"
	until(t, ctx, 4*time.Minute, "+("+newest+") > 50_000")
	report(t, ctx, began)
	if n := js[int](t, ctx, "most"); n > 5000 {
		t.Errorf("%d lines were in the page", n)
	}
	if !js[bool](t, ctx, "log.scrollHeight - log.scrollTop - log.clientHeight < 60 && log.dataset.following === 'true'") {
		t.Error("it doesn't show the newest line")
	}
	// Paused, the page stands still and counts.
	steps(t, ctx, "pause", chromedp.KeyEvent("f"))
	until(t, ctx, 20*time.Second, "log.dataset.following === 'false' && /[1-9].* new lines/.test(document.getElementById('log-return').innerText)")
	at := js[float64](t, ctx, "log.scrollTop")
	counted := js[string](t, ctx, "document.getElementById('log-return').innerText")
	until(t, ctx, 30*time.Second, fmt.Sprintf("document.getElementById('log-return').innerText !== %q", counted))
	if now := js[float64](t, ctx, "log.scrollTop"); now != at {
		t.Errorf("the paused page moved from %v to %v", at, now)
	}
	if n := js[int](t, ctx, "document.querySelectorAll('.log-line').length"); n > 5600 {
		t.Errorf("%d lines are in the page", n)
	}
	seq := js[string](t, ctx, newest)
	steps(t, ctx, "follow", chromedp.KeyEvent("f"))
	until(t, ctx, 30*time.Second, "log.dataset.following === 'true' && +("+newest+") > "+seq)
	s.do(b.ID, "stop")
}

// report says how the page did; a machine that is busy with other things makes it slower, so it is no failure.
func report(t *testing.T, ctx context.Context, began time.Time) {
	t.Helper()
	t.Logf("50,000 lines in %.1f s; long tasks: %s", time.Since(began).Seconds(),
		js[string](t, ctx, "`${tasks.length}, longest ${Math.round(Math.max(0, ...tasks))} ms, together ${Math.round(tasks.reduce((a, b) => a + b, 0))} ms`"))
}
