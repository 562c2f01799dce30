package secret

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

func TestRotation(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	want := map[string]string{}
	for i := range MaxSecrets { // more than one batch with the second bot's
		want[fmt.Sprintf("S%d", i)] = fmt.Sprintf("value %d", i)
	}
	r.change(a, Change{Set: want})
	b := r.bot("b")
	r.set(b, "TOKEN", token)
	before, sub := r.Fingerprint(token), r.Subkey("test")
	r.keys.todo = "nothing"
	done, err := r.Rotate(t.Context(), "anna")
	if err != nil || done.Todo != "nothing" || done.From == done.To {
		t.Fatalf("%+v, %v", done, err)
	}
	for range 2 { // as it is, and after a restart with the new key alone
		r.want(a, want)
		r.want(b, map[string]string{"TOKEN": token})
		if r.Fingerprint(token) != before || string(r.Subkey("test")) != string(sub) {
			t.Error("a key that should outlive the rotation didn't")
		}
		if st, err := r.Status(t.Context()); err != nil || st.Key != done.To || st.Old != "" || st.Secrets != MaxSecrets+1 {
			t.Errorf("%+v, %v", st, err)
		}
		r.open()
	}
	var sealed, subkeys, events int
	err = r.pool.QueryRow(t.Context(), `select (select count(*) from bot_secrets where key_id = $1), (select count(*) from encryption_subkeys where key_id = $1),
		(select count(*) from events where kind = 'botswain.key_rotated' and actor = 'anna')`, done.From).Scan(&sealed, &subkeys, &events)
	if err != nil || sealed != 0 || subkeys != 0 || events != 1 {
		t.Errorf("%d secrets and %d subkeys under the old key, %d events, %v", sealed, subkeys, events, err)
	}
	r.keys.inUse = 1
	if err := r.tryOpen(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "replaced by a rotation") || !strings.Contains(err.Error(), done.To) {
		t.Errorf("with the old key: %v", err)
	}
}

// cutter breaks the nth statement and all after it, as if the process had been killed there.
type cutter struct{ left atomic.Int64 }

func (c *cutter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if c.left.Add(-1) < 0 {
		cut, cancel := context.WithCancel(ctx)
		cancel()
		return cut
	}
	return ctx
}

func (c *cutter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestARotationThatIsCutAnywhere cuts it at each statement in turn; the next start goes on with it.
func TestARotationThatIsCutAnywhere(t *testing.T) {
	r := newRig(t)
	want := map[bot.ID]map[string]string{}
	for i := range 3 {
		id := r.bot(fmt.Sprint(i))
		want[id] = map[string]string{}
		for n := range 3 {
			want[id][fmt.Sprintf("S%d", n)] = fmt.Sprintf("%d of %d", n, i)
		}
		r.change(id, Change{Set: want[id]})
	}
	cut := &cutter{}
	conf := r.pool.Config()
	conf.ConnConfig.Tracer = cut
	broken, err := pgxpool.NewWithConfig(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	for n := int64(0); ; n++ {
		if n > 100 {
			t.Fatal("it never gets through")
		}
		key := r.keys.inUse
		cut.left.Store(1 << 30)
		whole := r.pool
		r.pool = broken
		r.open()
		r.batch = 4
		cut.left.Store(n)
		_, err := r.Rotate(t.Context(), "anna")
		r.pool = whole
		if err == nil {
			t.Logf("%d statements", n)
			break
		}
		for id, values := range want { // while the one that was cut still runs
			r.want(id, values)
		}
		r.open()
		for id, values := range want {
			r.want(id, values)
		}
		id := r.bot(fmt.Sprintf("after %d", n))
		r.set(id, "TOKEN", token)
		if _, err := r.Rotate(t.Context(), "anna"); err != nil {
			t.Fatalf("cut at %d, rotate again: %v", n, err)
		}
		r.want(id, map[string]string{"TOKEN": token})
		if _, err := r.pool.Exec(t.Context(), "delete from bots where id = $1", id); err != nil {
			t.Fatal(err)
		}
		if r.keys.inUse == key || r.keys.next != 0 {
			t.Fatalf("cut at %d: %+v", n, r.keys)
		}
	}
}

// TestTheKeysAreToldAgain: the new key is current in the database, but not yet in its place.
func TestTheKeysAreToldAgain(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	r.set(a, "TOKEN", token)
	r.keys.failRotated = errors.New("disk full")
	if _, err := r.Rotate(t.Context(), "anna"); err == nil {
		t.Fatal("no error")
	}
	r.want(a, map[string]string{"TOKEN": token})
	r.keys.failRotated = nil
	r.open()
	r.want(a, map[string]string{"TOKEN": token})
	if r.keys.told != 2 || r.keys.next != 0 || r.keys.inUse != 2 {
		t.Errorf("%+v", r.keys)
	}
}

func TestAKeyThatCantBeMadeStopsARotationBeforeItBegins(t *testing.T) {
	r := newRig(t)
	r.keys.fail = fault.New(fault.Conflict, "set one")
	if _, err := r.Rotate(t.Context(), "anna"); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	r.keys.fail, r.keys.next = nil, r.keys.inUse
	if _, err := r.Rotate(t.Context(), "anna"); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "in use already") {
		t.Errorf("the same key: %v", err)
	}
}

// TestSecretsAreSetWhileTheKeyRotates: each lands under one of the keys and none is lost.
func TestSecretsAreSetWhileTheKeyRotates(t *testing.T) {
	r := newRig(t)
	ids := []bot.ID{r.bot("a"), r.bot("b"), r.bot("c")}
	want := make([]map[string]string, len(ids))
	var stop atomic.Bool
	ended := make(chan error, len(ids))
	for i, id := range ids {
		want[i] = map[string]string{}
		go func() {
			ended <- func() error {
				for n := 0; !stop.Load(); n++ {
					name, value := fmt.Sprintf("S%d", n%20), fmt.Sprintf("%d of %d", n, i)
					p, err := r.Prepare(id, Change{Set: map[string]string{name: value}})
					if err != nil {
						return err
					}
					if err := pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return p.Store(t.Context(), tx, "anna") }); err != nil {
						return err
					}
					p.Done()
					want[i][name] = value
				}
				return nil
			}()
		}()
	}
	for range 10 {
		if _, err := r.Rotate(t.Context(), "anna"); err != nil {
			t.Error(err)
		}
	}
	stop.Store(true)
	for range ids {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	r.open()
	for i, id := range ids {
		r.want(id, want[i])
	}
}

func TestWrongKeyChangesNothing(t *testing.T) {
	r := newRig(t)
	a := r.bot("a")
	r.set(a, "TOKEN", token)
	dump := r.dump()
	r.keys.inUse = 7
	err := r.tryOpen()
	if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || !strings.Contains(f.Message, "place 7") || !strings.Contains(f.Message, "is not the one") || strings.Contains(f.Message, "\n") {
		t.Errorf("%v", err)
	}
	if now := r.dump(); !maps.Equal(now, dump) {
		t.Errorf("was\n%v\nis\n%v", dump, now)
	}
	r.keys.inUse = 1
	r.open()
	r.want(a, map[string]string{"TOKEN": token})

	// In the middle of a rotation both are needed.
	key := keyOf(2)
	next, _ := newSealer(key.Bytes)
	if err := r.store.addKey(t.Context(), keyRow{id: next.id, state: keyNext, proof: next.proof()}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.tryOpen(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "was interrupted") || !strings.Contains(err.Error(), next.id) {
		t.Errorf("without the new key: %v", err)
	}
	r.keys.inUse, r.keys.next = 2, 0
	if err := r.tryOpen(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "is not the one") {
		t.Errorf("without the old key: %v", err)
	}
}

// TestAnotherKeyIsTakenWhileThereAreNoSecrets: nothing can be lost then.
func TestAnotherKeyIsTakenWhileThereAreNoSecrets(t *testing.T) {
	r := newRig(t)
	r.keys.inUse = 7
	r.open()
	a := r.bot("a")
	r.set(a, "TOKEN", token)
	r.keys.inUse = 1
	if err := r.tryOpen(); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	if n, err := Forget(t.Context(), r.pool); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	r.open()
	r.want(a, nil)
}

// dump is all that is stored of keys and secrets.
func (r *rig) dump() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for _, table := range []string{"encryption_keys", "encryption_subkeys", "bot_secrets", "events"} {
		var text string
		if err := r.pool.QueryRow(r.t.Context(), "select coalesce(string_agg(t::text, E'\n' order by t::text), '') from "+table+" t").Scan(&text); err != nil {
			r.t.Fatal(err)
		}
		all[table] = text
	}
	return all
}
