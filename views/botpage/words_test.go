package botpage

import (
	"testing"
	"time"

	"github.com/botswain/botswain/app/bot"
)

func TestPolicyInWords(t *testing.T) {
	b := bot.Bot{Spec: bot.NewSpec()}
	for want, change := range map[string]func(){
		"Always, after 1 s to 5 min":              func() {},
		"Always, at once, then after up to 5 min": func() { b.Restart.InitialDelay = 0 },
		"Always, at once, gives up after 3":       func() { b.Restart.InitialDelay, b.Restart.MaxDelay, b.Restart.GiveUpAfter = 0, 0, 3 },
	} {
		b.Spec = bot.NewSpec()
		change()
		if got := policyWords(t.Context(), b); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := stopWords(t.Context(), bot.StopPolicy{Signal: "SIGTERM", Timeout: 10 * time.Second}); got != "SIGTERM, killed after 10 s" {
		t.Error(got)
	}
	if got := stopWords(t.Context(), bot.StopPolicy{Signal: "SIGTERM"}); got != "Killed at once" {
		t.Error(got)
	}
}
