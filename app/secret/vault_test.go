package secret

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/db/dbtest"
)

const token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"

// memKeys keeps keys as an installation would, without files.
type memKeys struct {
	inUse, next byte // the byte that a key is filled with; 0: none
	todo        string
	told        int
	fail        error // of Next
	failRotated error
}

func keyOf(fill byte) Key {
	return Key{bytes.Repeat([]byte{fill}, KeyBytes), "place " + string('0'+fill)}
}

func (m *memKeys) Held() ([]Key, error) {
	held := []Key{keyOf(m.inUse)}
	if m.next != 0 {
		held = append(held, keyOf(m.next))
	}
	return held, nil
}
func (m *memKeys) Unused() []Key { return nil }
func (m *memKeys) Next(context.Context) (Key, error) {
	if m.fail != nil {
		return Key{}, m.fail
	}
	if m.next == 0 {
		m.next = m.inUse + 1
	}
	return keyOf(m.next), nil
}
func (m *memKeys) Rotated(string, string) (string, error) {
	m.told++
	if m.failRotated != nil {
		return "", m.failRotated
	}
	if m.next != 0 {
		m.inUse, m.next = m.next, 0
	}
	return m.todo, nil
}

type rig struct {
	*Vault
	t    *testing.T
	pool *pgxpool.Pool
	keys *memKeys
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, pool: dbtest.New(t), keys: &memKeys{inUse: 1}}
	r.open()
	return r
}

func (r *rig) open() {
	r.t.Helper()
	if err := r.tryOpen(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tryOpen() error {
	v, err := Open(r.t.Context(), Options{Pool: r.pool, Keys: r.keys, Subkeys: map[string]func([]byte) ([]byte, error){
		"test": func(root []byte) ([]byte, error) { return derive(root, "a test", KeyBytes) },
	}})
	if err == nil {
		r.Vault = v
	}
	return err
}

func (r *rig) bot(name string) bot.ID {
	r.t.Helper()
	id := bot.NewID()
	_, err := r.pool.Exec(r.t.Context(), `insert into bots (id, name, type, command, dir, env, tags, autostart, restart, stop, limits, start_seconds)
		values ($1, $2, 'generic', '{true}', '/', '{}', '{}', false, '{}', '{}', '{}', 1)`, id, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) change(id bot.ID, c Change) {
	r.t.Helper()
	p, err := r.Prepare(id, c)
	if err != nil {
		r.t.Fatal(err)
	}
	err = pgx.BeginFunc(r.t.Context(), r.pool, func(tx pgx.Tx) error { return p.Store(r.t.Context(), tx, "anna") })
	if err != nil {
		r.t.Fatal(err)
	}
	p.Done()
}

func (r *rig) set(id bot.ID, name, value string) {
	r.t.Helper()
	r.change(id, Change{Set: map[string]string{name: value}})
}

func (r *rig) want(id bot.ID, want map[string]string) {
	r.t.Helper()
	got, err := r.Values(r.t.Context(), id)
	if err != nil || !maps.Equal(got, want) {
		r.t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestSecretsComeBackAfterARestart(t *testing.T) {
	r := newRig(t)
	a, b := r.bot("a"), r.bot("b")
	var told []bot.ID
	r.OnChange(func(id bot.ID) { told = append(told, id) })
	r.change(a, Change{Set: map[string]string{"TOKEN": token, "API_ID": "1234", "SEED": "line 1\nline 2 ☂\n"}})
	r.set(b, "OTHER", token)
	r.change(a, Change{Remove: []string{"SEED", "NEVER"}})
	r.change(a, Change{Set: map[string]string{"TOKEN": token, "NEW": "n"}, Only: true})
	if !slices.Equal(told, []bot.ID{a, b, a, a}) {
		t.Errorf("told %v", told)
	}
	fp := r.Fingerprint(token)
	for range 2 {
		r.want(a, map[string]string{"TOKEN": token, "NEW": "n"})
		r.want(b, map[string]string{"OTHER": token})
		r.want(bot.NewID(), nil)
		if fp != r.Fingerprint(token) || fp == r.Fingerprint(token+"x") {
			t.Error("the fingerprint changes with a restart, or doesn't with the value")
		}
		if got := r.Sharing(fp); !slices.Equal(got, []bot.ID{a, b}) {
			t.Errorf("sharing: %v", got)
		}
		list := r.List(a)
		if len(list) != 2 || list[0].Name != "NEW" || list[0].Hint != "" || list[1].Hint != token[len(token)-4:] ||
			list[1].UpdatedAt.IsZero() || !slices.Equal(list[1].Shared, []bot.ID{b}) {
			t.Errorf("%+v", list)
		}
		r.open()
	}
	var events []string
	rows, _ := r.pool.Query(t.Context(), "select kind || ' ' || actor || ': ' || message from events where bot_id = $1 order by id", a)
	events, err := pgx.CollectRows(rows, pgx.RowTo[string])
	want := []string{
		"bot.secret_set anna: Set the secret API_ID", "bot.secret_set anna: Set the secret SEED", "bot.secret_set anna: Set the secret TOKEN",
		"bot.secret_removed anna: Removed the secret SEED", "bot.secret_set anna: Set the secret NEW",
		"bot.secret_removed anna: Removed the secret API_ID",
	}
	if err != nil || !slices.Equal(events, want) {
		t.Errorf("%v, events:\n%s", err, strings.Join(events, "\n"))
	}
}

func TestFormerValuesStayKnownUntilARestart(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	r.set(a, "TOKEN", "one")
	r.set(a, "TOKEN", "two")
	r.change(a, Change{Only: true})
	if got := r.Known(a); !slices.Equal(got, []Known{{"TOKEN", "two"}, {"TOKEN", "one"}}) {
		t.Errorf("%v", got)
	}
	r.Forget(a)
	if got := r.Known(a); got != nil {
		t.Errorf("after it was deleted: %v", got)
	}
}

func TestChangesThatAreRefused(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	many := map[string]string{}
	for i := range MaxSecrets + 1 {
		many["S"+strings.Repeat("X", i)] = "v"
	}
	big := strings.Repeat("x", MaxValue)
	for name, c := range map[string]struct {
		set   map[string]string
		field string
	}{
		"no name":            {map[string]string{"": "v"}, "secrets"},
		"a token for a name": {map[string]string{token: "v"}, "secrets"},
		"a long name":        {map[string]string{strings.Repeat("A", 129): "v"}, "secrets"},
		"ours":               {map[string]string{"BOT_ID": "v"}, "secrets.BOT_ID"},
		"ours too":           {map[string]string{"BOTSWAIN_X": "v"}, "secrets.BOTSWAIN_X"},
		"empty":              {map[string]string{"A": ""}, "secrets.A"},
		"NUL":                {map[string]string{"A": token + "\x00"}, "secrets.A"},
		"not UTF-8":          {map[string]string{"A": token + "\xff"}, "secrets.A"},
		"too long":           {map[string]string{"A": big + "x"}, "secrets.A"},
		"too many":           {many, "secrets"},
		"too much":           {map[string]string{"A": big, "B": big, "C": big, "D": big, "E": "x"}, "secrets"},
	} {
		_, err := r.Prepare(a, Change{Set: c.set})
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Fields[c.field] == "" {
			t.Errorf("%s: %v", name, err)
		} else if text := f.Message + f.Fields[c.field] + err.Error(); strings.Contains(text, token) {
			t.Errorf("%s tells the value: %s", name, text)
		}
	}
}

// TestARolledBackChangeIsNone: memory changes after the commit only.
func TestARolledBackChangeIsNone(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	p, err := r.Prepare(a, Change{Set: map[string]string{"TOKEN": token}})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err = pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error {
		return errors.Join(p.Store(t.Context(), tx, "anna"), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	r.want(a, nil)
	if err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want(a, nil)
}

// TestAMovedRowOpensNowhere: somebody with write access to the database can't give a bot another's token.
func TestAMovedRowOpensNowhere(t *testing.T) {
	r := newRig(t)
	a, b := r.bot("a"), r.bot("b")
	r.set(a, "TOKEN", token)
	r.set(b, "TOKEN", "another one of b's")
	if _, err := r.pool.Exec(t.Context(), "update bot_secrets set sealed = (select sealed from bot_secrets where bot_id = $1) where bot_id = $2", a, b); err != nil {
		t.Fatal(err)
	}
	r.open()
	r.want(a, map[string]string{"TOKEN": token})
	if _, err := r.Values(t.Context(), b); fault.CodeOf(err) != fault.Invalid || strings.Contains(err.Error(), token) {
		t.Errorf("%v", err)
	}
	if list := r.List(b); len(list) != 1 || !list[0].Broken {
		t.Errorf("%+v", list)
	}
	if _, err := r.Rotate(t.Context(), event.Botswain); err != nil { // it is in nobody's way
		t.Fatal(err)
	}
	r.set(b, "TOKEN", "again")
	r.want(b, map[string]string{"TOKEN": "again"})
}

func TestDeletingABotDeletesItsSecrets(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	r.set(a, "TOKEN", token)
	if _, err := r.pool.Exec(t.Context(), "delete from bots where id = $1", a); err != nil {
		t.Fatal(err)
	}
	r.Forget(a)
	r.want(a, nil)
	if st, err := r.Status(t.Context()); err != nil || st.Secrets != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}
