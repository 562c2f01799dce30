package auth

import (
	"strings"
	"testing"

	"github.com/botswain/botswain/app/fault"
)

// TestSetLanguage: the choice comes with each session of the user, and can be taken back.
func TestSetLanguage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ada := f.user("ada")
	f.user("bob")
	cookie := f.signIn(ada, SignIn{})
	for _, language := range []string{"de", "zh-Hant-TW", ""} {
		if err := f.SetLanguage(t.Context(), ada.ID, language); err != nil {
			t.Fatal(err)
		}
		if u, err := f.UserBySession(t.Context(), cookie); err != nil || u.Language != language {
			t.Errorf("%q: the session has %q (%v)", language, u.Language, err)
		}
		if u, err := f.UserByName(t.Context(), "bob"); err != nil || u.Language != "" {
			t.Errorf("somebody else's is %q (%v)", u.Language, err)
		}
	}
	wantCode(t, f.SetLanguage(t.Context(), [16]byte{1}, "de"), fault.NotFound)
	for _, wrong := range []string{"de; x", "<b>", strings.Repeat("d", maxLanguage+1), "dé"} {
		wantCode(t, f.SetLanguage(t.Context(), ada.ID, wrong), fault.Invalid)
	}
}
