package logs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/logs/redact"
)

const (
	aToken  = "110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw"
	aSecret = "correct-horse/battery+staple"
)

func known(values ...string) func(bot.ID) []redact.Secret {
	return func(bot.ID) (all []redact.Secret) {
		for i, v := range values {
			all = append(all, redact.Secret{Name: fmt.Sprintf("SECRET_%d", i), Value: v})
		}
		return all
	}
}

// disguised gives a value in the i-th of many ways.
func disguised(v string, i int) string {
	switch i % 8 {
	case 0:
		return v
	case 1:
		return "GET https://api.telegram.org/bot" + v + "/getMe " + v
	case 2:
		return "?token=" + url.QueryEscape(v) + "&again=" + url.QueryEscape(v)
	case 3:
		b, _ := json.Marshal(map[string]string{"token": v, "colour": "\x1b[31m" + v})
		return string(b)
	case 4:
		return base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i%5) + v + "tail"))
	case 5:
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("y", i%7) + v))
	case 6:
		return strings.Join(strings.Split(v, ""), "\x1b[0m")
	}
	var b strings.Builder
	for _, c := range []byte(v) {
		fmt.Fprintf(&b, `\u%04x`, c)
	}
	return b.String()
}

// traces are byte strings that would give a value away if they were anywhere.
func traces(v string) (all [][]byte) {
	const part = 12
	all = append(all, []byte(v[:part]), []byte(v[len(v)-part:]), []byte(url.QueryEscape(v)))
	for i := range 3 {
		b := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + v))
		b = b[4 : len(b)-4]
		all = append(all, []byte(b[:part]), []byte(b[len(b)-part:]))
	}
	return append(all, []byte(strings.Join(strings.Split(v[:part], ""), "\x1b[0m")), []byte(fmt.Sprintf(`\u%04x\u%04x\u%04x`, v[0], v[1], v[2])))
}

// holdNone holds that a text has no trace of a value.
func holdNone(t *testing.T, where string, text []byte, v string) {
	t.Helper()
	for _, trace := range traces(v) {
		if at := bytes.Index(text, trace); at >= 0 {
			t.Fatalf("%s has %q: …%q…", where, trace, text[max(0, at-60):min(len(text), at+120)])
		}
	}
}

// holdNoneOnDisk looks through the whole spool.
func (r *rig) holdNoneOnDisk(t *testing.T, v string) {
	t.Helper()
	err := filepath.WalkDir(r.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		holdNone(t, path, b, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTokenInManyDisguises has a bot print its secrets 100,000 times: the database, the spool of the
// living run, the sheets and what readers get have none of them.
func TestTokenInManyDisguises(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	r := newRig(t)
	r.secrets = known(aToken, aSecret)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.svc.Echo(id, run, int(Info), "> /login "+aSecret)
	r.svc.Note(id, run, int(Info), "said "+aToken)
	var b strings.Builder
	for i := range n {
		v := aToken
		if i%3 == 0 {
			v = aSecret
		}
		fmt.Fprintf(&b, "%07d %s\n", i, disguised(v, i))
		if b.Len() > 1<<20 || i == n-1 {
			r.print(dir, "stdout", b.String())
			b.Reset()
		}
	}
	r.waitSeq(id, int64(n)+2)
	recent, ok := r.svc.Recent(id, int64(n)-500, 1000)
	if !ok || len(recent) == 0 {
		t.Error("nothing recent")
	}
	lines := r.lines(id)
	r.stopClean() // after which the last batch is written over
	for _, v := range []string{aToken, aSecret} {
		for i, l := range lines {
			holdNone(t, fmt.Sprint("line ", i), []byte(l.Message), v)
		}
		for _, l := range recent {
			holdNone(t, "recent", []byte(l.Message), v)
		}
		r.holdNoneOnDisk(t, v)
	}
	marks := 0
	for _, l := range lines {
		if strings.Contains(l.Message, "[redacted:SECRET_") {
			marks++
		}
	}
	if marks != n+2 {
		t.Errorf("%d of %d lines have a mark", marks, n+2)
	}
}

// TestSecretOverPieces has values lie over the cuts of a long line, and over a prompt that was shown early.
func TestSecretOverPieces(t *testing.T) {
	r := newRig(t)
	r.secrets = known(aToken, aSecret)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	var b strings.Builder
	for i := range 300 {
		for b.Len() < i*maxPiece/4-20 {
			b.WriteString("fill ")
		}
		b.WriteString(disguised(aToken, i) + " ")
	}
	r.print(dir, "stdout", b.String()+"\n")
	r.print(dir, "stdout", strings.Repeat("123456", 1)+strings.Repeat(aSecret, 4*maxPiece/len(aSecret))+"\n")
	r.wait("the long lines", func() bool { n, _ := r.svc.Pending(); return n == 0 && r.svc.StoredSeq(id) > 60 })
	for _, cut := range []int{3, 10, 30, len(aToken) - 1} {
		before := r.svc.StoredSeq(id)
		r.print(dir, "stdout", "say "+aToken[:cut])
		r.waitSeq(id, before+1) // after a silence
		r.print(dir, "stdout", aToken[cut:]+"\n")
		r.waitSeq(id, before+2)
	}
	r.stopClean()
	joined := map[int64]string{}
	for _, l := range r.lines(id) {
		if len(l.Message) > maxPiece {
			t.Errorf("seq %d has %d bytes", l.Seq, len(l.Message))
		}
		joined[l.HeadSeq] += l.Message
	}
	for head, text := range joined {
		holdNone(t, fmt.Sprint("line ", head), []byte(text), aToken)
		holdNone(t, fmt.Sprint("line ", head), []byte(text), aSecret)
	}
	r.holdNoneOnDisk(t, aToken)
}

// TestReplacedSecret: a run goes on with the value that it was started with.
func TestReplacedSecret(t *testing.T) {
	r := newRig(t)
	var now atomic.Pointer[string]
	first, second, given := "first-value", "second-value", "given-value"
	now.Store(&first)
	r.secrets = func(bot.ID) []redact.Secret { return []redact.Secret{{Name: "S", Value: *now.Load()}} }
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	now.Store(&second)
	r.svc.SecretsChanged(id)
	r.svc.Learn(id, []redact.Secret{{Name: "G", Value: given}})
	r.print(dir, "stdout", first+" "+second+" "+given+"\n")
	r.waitSeq(id, 1)
	if got := r.texts(id)[0]; got != "[redacted:S] [redacted:S] [redacted:G]" {
		t.Error(got)
	}
	if got := r.svc.Redact(id, "said "+first); got != "said [redacted:S]" {
		t.Error(got)
	}
	r.stopClean()
}

// TestSecretsThroughCrash: lines that were shown are stored as they were shown, whatever secrets are known
// by then, and the sheets have none.
func TestSecretsThroughCrash(t *testing.T) {
	r := newRig(t)
	r.drain = 1
	r.secrets = known(aSecret)
	id := r.bot()
	run, dir := r.folder(id)
	h := &held{Storage: NewPostgres(r.pool)}
	h.gate.Lock()
	r.startOn(h, func() {})
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "it is "+aSecret+" and "+aToken+"\n\x00 "+aSecret+"\nlater-secret\n")
	r.wait("lines shown", func() bool { return r.svc.LastSeq(id) >= 3 })
	r.svc.Note(id, run, int(Info), "note "+aSecret)
	r.wait("the note", func() bool { return r.svc.LastSeq(id) >= 4 })
	seen := r.seen(id)
	_ = r.stop()
	h.gate.Unlock()
	for i := range 2 {
		sheet, err := os.ReadFile(sheetPath(r.root, i))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		holdNone(t, "a sheet", sheet, aSecret)
		holdNone(t, "a sheet", sheet, aToken)
	}
	r.drain, r.secrets = 0, known("later-secret")
	r.start(r.url)
	r.svc.Follow(id, run, dir)
	r.waitSeq(id, 4)
	r.stopClean()
	for i, l := range r.lines(id) {
		want := seen[i]
		if i == 2 {
			if l.Message != "[redacted:SECRET_0]" {
				t.Errorf("what is known only now: %q", l.Message)
			}
			continue
		}
		if got := tell(l); got != want {
			t.Errorf("seq %d: seen %s, stored %s", l.Seq, want, got)
		}
	}
	holdNone(t, "what was seen", []byte(strings.Join(seen, "\n")), aSecret)
	r.holdNoneOnDisk(t, aSecret)
	r.holdNoneOnDisk(t, aToken)
}

// deaf is a storage that stores, but whose answer never comes.
type deaf struct{ Storage }

func (d deaf) Append(ctx context.Context, b Batch) error {
	if err := d.Storage.Append(context.WithoutCancel(ctx), b); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// TestWipedAfterCrash ends the service between the commit and the writing over.
func TestWipedAfterCrash(t *testing.T) {
	r := newRig(t)
	r.drain = 1
	r.secrets = known(aSecret)
	r.startOn(deaf{NewPostgres(r.pool)}, func() {})
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "it is "+aSecret+"\n")
	r.wait("the commit", func() bool { return r.storedSeq(id) == 1 })
	_ = r.stop()
	r.secrets = nil
	r.start(r.url)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "on\n")
	r.waitSeq(id, 2)
	r.stopClean()
	if got := strings.Join(r.texts(id), "|"); got != "it is [redacted:SECRET_0]|on" {
		t.Error(got)
	}
	b, err := os.ReadFile(filepath.Join(dir, "stdout"))
	if want := "it is " + strings.Repeat("*", len(aSecret)) + "\non\n"; err != nil || string(b) != want {
		t.Errorf("the file has %q, %v", b, err)
	}
}

// TestWipedAlsoWithoutHoles: where space can't be given back, and in ranges longer than what is written at once.
func TestOverwrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	text := strings.Repeat("0123456789", 10)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ranges := []wipe{{from: 0, to: 4}, {from: 5, to: 7}, {from: 14, to: 18}, {from: 20, to: 45}, {from: 46, to: 47}, {from: 90, to: 120}}
	if err := overwrite(f, ranges, 2, make([]byte, 8)); err == nil {
		t.Error("the file is too short for the last range")
	}
	want := []byte(text)
	for _, r := range ranges[:5] {
		for i := max(r.from, 2); i < r.to; i++ {
			want[i] = wiped
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got[:90]) != string(want[:90]) || len(got) != len(text) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestRereadAfterWipe: when the database is set back, the lines come again, without what was written over.
func TestRereadAfterWipe(t *testing.T) {
	r := newRig(t)
	r.secrets = known(aSecret)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "one\nit is "+aSecret+"!\n")
	r.waitSeq(id, 2)
	for _, q := range []string{"delete from log_lines", "delete from log_heads", "delete from spool_offsets"} {
		if _, err := r.pool.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	r.print(dir, "stdout", "three\n")
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
	if got, want := strings.Join(r.texts(id), "|"), "one|it is "+strings.Repeat("*", len(aSecret))+"!|three"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzSpansOnSheets(f *testing.F) {
	f.Add(appendSpans(nil, []redact.Span{{From: 1, To: 4, Name: "A"}, {From: 4, To: 9, Name: "B"}, {From: 20, To: 21, Name: "A"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		spans, rest, ok := parseSpans(b)
		if !ok {
			return
		}
		again, end, ok := parseSpans(append(appendSpans(nil, spans), rest...))
		if !ok || fmt.Sprint(again) != fmt.Sprint(spans) || !bytes.Equal(end, rest) {
			t.Fatalf("%v became %v", spans, again)
		}
	})
}
