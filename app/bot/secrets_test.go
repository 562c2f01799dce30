package bot

import (
	"strings"
	"testing"
)

func TestSecretFields(t *testing.T) {
	for _, kind := range Types() {
		for _, f := range SecretFields(kind) {
			if !VariableName(f.Name) || Reserved(f.Name) || f.Label == "" || f.Looks == "" || f.Where == "" || f.wrong == "" || f.form == nil {
				t.Errorf("%s: %+v is not complete", kind, f)
			}
		}
	}
	field := func(kind Type, name string) SecretField {
		for _, f := range SecretFields(kind) {
			if f.Name == name {
				return f
			}
		}
		t.Fatalf("%s has no %s", kind, name)
		return SecretField{}
	}
	telegram := "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
	discord := "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
	for _, c := range []struct {
		f     SecretField
		value string
		right bool
	}{
		{field(TelegramBot, "TOKEN"), telegram, true}, {field(TelegramBot, "TOKEN"), discord, false}, {field(TelegramBot, "TOKEN"), "bot" + telegram, false},
		{field(DiscordBot, "TOKEN"), discord, true}, {field(DiscordBot, "TOKEN"), telegram, false}, {field(DiscordBot, "TOKEN"), "Bot " + discord, false},
		{field(TelegramUserbot, "API_ID"), "1234567", true}, {field(TelegramUserbot, "API_ID"), "12a", false},
		{field(TelegramUserbot, "API_HASH"), "0123456789abcdef0123456789abcdef", true}, {field(TelegramUserbot, "API_HASH"), "0123", false},
		{field(TelegramUserbot, "PHONE"), "+49 151 12345678", true}, {field(TelegramUserbot, "PHONE"), "0151", false},
		{field(TelegramUserbot, "SESSION_NAME"), "my session", true}, {field(TelegramUserbot, "SESSION_NAME"), "../x", false},
	} {
		message := c.f.Check(c.value)
		if (message == "") != c.right || strings.Contains(message, c.value) {
			t.Errorf("%s %q: %q", c.f.Name, c.value, message)
		}
	}
}
