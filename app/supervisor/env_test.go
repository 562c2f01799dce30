package supervisor

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/botswain/botswain/app/bot"
)

func TestEnvironmentGivesNothingElseAway(t *testing.T) {
	ours := map[string]string{"PATH": "/bin", "HOME": "/root", "LANG": "", "DATABASE_URL": "postgres://secret", "BOTSWAIN_ENCRYPTION_KEY": "secret", "USER": "root"}
	lookup := func(name string) (string, bool) { v, ok := ours[name]; return v, ok }
	b, run := someBot(func(s *bot.Spec) {
		s.Env = map[string]string{"TOKEN": "in the clear", "PATH": "/own", "BOTSWAIN_REPORT_TOKEN": "mine", "PYTHONUNBUFFERED": ""}
	}), bot.NewID()
	perRun := func(run bot.RunID) map[string]string {
		return map[string]string{"BOTSWAIN_REPORT_TOKEN": "for " + run.String()}
	}
	secrets := func(_ context.Context, id bot.ID) (map[string]string, error) {
		return map[string]string{"TOKEN": "of " + id.String(), "BOT_ID": "never"}, nil
	}
	got, err := Environment(lookup, map[string]string{"BOTSWAIN_TELEGRAM_API_URL": "http://t"}, secrets, perRun)(t.Context(), b, run)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"BOTSWAIN_REPORT_TOKEN=for " + run.String(), "BOTSWAIN_RUN_ID=" + run.String(), "BOTSWAIN_TELEGRAM_API_URL=http://t",
		"BOT_ID=" + b.ID.String(), "BOT_NAME=Echo", "BOT_TYPE=generic",
		"HOME=/root", "LANG=", "PATH=/own", "PYTHONUNBUFFERED=", "TOKEN=of " + b.ID.String(),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestABotIsNotStartedWithoutItsSecrets(t *testing.T) {
	b, run := someBot(nil), bot.NewID()
	broken := errors.New("broken")
	secrets := func(context.Context, bot.ID) (map[string]string, error) { return nil, broken }
	none := func(string) (string, bool) { return "", false }
	if env, err := Environment(none, nil, secrets)(t.Context(), b, run); !errors.Is(err, broken) || env != nil {
		t.Errorf("%q, %v", env, err)
	}
}
