package botform_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestTheFormAsksForTheSecretsOfTheType: the style sheet shows those of the chosen one, no script does.
func TestTheFormAsksForTheSecretsOfTheType(t *testing.T) {
	url, posted := serve(t)
	ctx := open(t)
	do(t, ctx, chromedp.Navigate(url+"/"))
	do(t, ctx, chromedp.Click(chromedp.CSS("[data-dismiss]"))) // it lies over the types
	visible := `[...document.querySelectorAll('[data-secrets] input')].filter(i => i.checkVisibility()).map(i => i.name).join(' ')`
	for _, c := range []struct{ kind, want string }{
		{"telegram_bot", "secret.telegram_bot.TOKEN"},
		{"telegram_userbot", "secret.telegram_userbot.API_ID secret.telegram_userbot.API_HASH secret.telegram_userbot.PHONE secret.telegram_userbot.SESSION_NAME"},
		{"discord_bot", "secret.discord_bot.TOKEN"},
		{"generic", "secret_name secret_value secret_name secret_value secret_name secret_value"},
	} {
		do(t, ctx, chromedp.Click(chromedp.CSS(`[name="type"][value="`+c.kind+`"]`)))
		if got := js[string](t, ctx, visible); got != c.want {
			t.Errorf("%s shows %q, want %q", c.kind, got, c.want)
		}
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`[name="type"][value="discord_bot"]`)), chromedp.SendKeys(chromedp.CSS("#secret-discord_bot-TOKEN"), "typed"), chromedp.Click(chromedp.CSS("[name=then]")))
	select {
	case form := <-posted:
		if fmt.Sprint(form["secret.discord_bot.TOKEN"], form["secret.telegram_bot.TOKEN"]) != "[typed] []" {
			t.Errorf("posted %v", form)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was posted")
	}
}
