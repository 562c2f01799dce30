package crew_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/db/dbtest"
)

// oneKey is an installation's only key.
type oneKey struct{}

func (oneKey) Held() ([]secret.Key, error) {
	return []secret.Key{{Bytes: bytes.Repeat([]byte{1}, secret.KeyBytes), From: "a test"}}, nil
}
func (oneKey) Unused() []secret.Key                     { return nil }
func (oneKey) Next(context.Context) (secret.Key, error) { return secret.Key{}, nil }
func (oneKey) Rotated(string, string) (string, error)   { return "", nil }

type secretRig struct {
	*crew.Service
	t     *testing.T
	pool  *pgxpool.Pool
	vault *secret.Vault
	store *flaky
	sup   *fakeSupervisor
}

func newSecretRig(t *testing.T) *secretRig {
	pool, hub := dbtest.New(t), event.NewHub()
	vault, err := secret.Open(t.Context(), secret.Options{Pool: pool, Keys: oneKey{}})
	if err != nil {
		t.Fatal(err)
	}
	r := &secretRig{t: t, pool: pool, vault: vault, store: &flaky{Storage: crew.NewStore(pool, hub)}}
	r.sup = &fakeSupervisor{bots: map[bot.ID]bot.Bot{}, status: map[bot.ID]bot.Status{}}
	r.Service = crew.New(crew.Options{
		Store: r.store, Supervisor: r.sup, Events: event.NewStore(pool, hub), Logs: &fakeLogs{}, Secrets: vault, DataDir: t.TempDir(), Hub: hub,
	})
	return r
}

func (r *secretRig) value(id bot.ID, name string) string {
	r.t.Helper()
	values, err := r.vault.Values(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return values[name]
}

func (r *secretRig) events(id bot.ID) string {
	r.t.Helper()
	list, err := r.Events(r.t.Context(), event.ListQuery{Bot: &id})
	if err != nil {
		r.t.Fatal(err)
	}
	var kinds []string
	for _, e := range list {
		if strings.Contains(e.Message, "hidden") {
			r.t.Errorf("an event tells a value: %s", e.Message)
		}
		kinds = append([]string{string(e.Kind)}, kinds...)
	}
	return strings.Join(kinds, " ")
}

func set(pairs ...string) secret.Change {
	c := secret.Change{Set: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		c.Set[pairs[i]] = pairs[i+1]
	}
	return c
}

func TestSecretsGoWithTheDefinition(t *testing.T) {
	r := newSecretRig(t)
	spec := bot.NewSpec()
	spec.Name, spec.Command = "Echo", []string{"true"}
	v, err := r.CreateWith(t.Context(), admin, spec, set("TOKEN", "hidden 1"))
	if err != nil || len(v.Secrets) != 1 || v.Secrets[0].Name != "TOKEN" || r.value(v.ID, "TOKEN") != "hidden 1" {
		t.Fatalf("%+v, %v", v.Secrets, err)
	}
	// Neither is stored when one can't be.
	wrong := v.Spec
	wrong.Name = ""
	_, err = r.UpdateWith(t.Context(), admin, v.ID, 0, wrong, set("BOT_ID", "hidden"))
	if f := fields(err); f["name"] == "" || f["secrets.BOT_ID"] == "" {
		t.Errorf("both should be named: %v", err)
	}
	if _, err = r.UpdateWith(t.Context(), admin, v.ID, 77, v.Spec, set("TOKEN", "hidden 2")); fault.CodeOf(err) != fault.Conflict || r.value(v.ID, "TOKEN") != "hidden 1" {
		t.Errorf("an old version: %v", err)
	}
	if _, err = r.CreateWith(t.Context(), admin, spec, set("TOKEN", "hidden 3")); fields(err)["name"] == "" {
		t.Errorf("a name that is taken: %v", err)
	}
	if n := len(r.vault.Sharing(r.vault.Fingerprint("hidden 3"))); n != 0 {
		t.Errorf("%d bots have the secret of one that wasn't made", n)
	}
	same, err := r.UpdateWith(t.Context(), admin, v.ID, 0, v.Spec, set("TOKEN", "hidden 2"))
	if err != nil || same.Version != 2 || r.value(v.ID, "TOKEN") != "hidden 2" {
		t.Errorf("%+v, %v", same, err)
	}
	if again, err := r.UpdateWith(t.Context(), admin, v.ID, 0, v.Spec, set("TOKEN", "hidden 2")); err != nil || again.Version != 2 {
		t.Errorf("the value that it has: %+v, %v", again, err)
	}
	if again, err := r.SetSecrets(t.Context(), admin, v.ID, set("TOKEN", "hidden 2")); err != nil || again.Version != 2 {
		t.Errorf("the value that it has: %+v, %v", again, err)
	}
	changed := v.Spec
	changed.Autostart = true
	if _, err = r.UpdateWith(t.Context(), admin, v.ID, 0, changed, set("MORE", "hidden")); err != nil {
		t.Error(err)
	}
	set, err := r.SetSecrets(t.Context(), admin, v.ID, secret.Change{Remove: []string{"MORE"}})
	if err != nil || len(set.Secrets) != 1 || set.Version != 4 || !set.Autostart {
		t.Errorf("%+v, %v", set, err)
	}
	if again, err := r.SetSecrets(t.Context(), admin, v.ID, secret.Change{Remove: []string{"MORE"}}); err != nil || again.Version != 4 {
		t.Errorf("nothing to do: %+v, %v", again, err)
	}
	want := "bot.created bot.secret_set bot.secret_set bot.updated bot.secret_set bot.secret_removed"
	if got := r.events(v.ID); got != want {
		t.Errorf("events %s\nwant   %s", got, want)
	}
	if r.sup.bots[v.ID].Version != 4 {
		t.Errorf("the supervisor has version %d", r.sup.bots[v.ID].Version)
	}
	copied, err := r.Duplicate(t.Context(), admin, v.ID)
	if err != nil || len(copied.Secrets) != 0 {
		t.Errorf("a copy has %+v, %v", copied.Secrets, err)
	}
	if err := r.Delete(t.Context(), admin, v.ID); err != nil || r.value(v.ID, "TOKEN") != "" {
		t.Errorf("deleted: %v", err)
	}
	if st, err := r.vault.Status(t.Context()); err != nil || st.Secrets != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestASecretThatWasStoredUnseen: the connection is lost after the commit; the next change looks.
func TestASecretThatWasStoredUnseen(t *testing.T) {
	r := newSecretRig(t)
	spec := bot.NewSpec()
	spec.Name, spec.Command = "Echo", []string{"true"}
	v, err := r.CreateWith(t.Context(), admin, spec, set("TOKEN", "hidden 1"))
	if err != nil {
		t.Fatal(err)
	}
	r.store.after = true
	spec.Name = "Ghost"
	if _, err := r.CreateWith(t.Context(), admin, spec, set("TOKEN", "hidden 2")); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("%v", err)
	}
	r.store.after = false
	if _, err := r.SetSecrets(t.Context(), admin, v.ID, set("OTHER", "hidden 3")); err != nil {
		t.Fatal(err)
	}
	if n := len(r.vault.Sharing(r.vault.Fingerprint("hidden 2"))); n != 1 {
		t.Errorf("%d bots have it", n)
	}
}
