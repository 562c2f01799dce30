package crew_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/bots"
)

// discordToken has the shape of one.
const discordToken = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"

// TestTemplatesAreThere: each key of the gallery has files, a command of its own and words.
func TestTemplatesAreThere(t *testing.T) {
	r := newRig(t)
	list := r.Templates()
	if len(list) < 5 {
		t.Fatalf("only %d templates", len(list))
	}
	for _, x := range list {
		files, err := bots.Files(x.Key)
		if err != nil || files["README.md"] == nil || x.Name == "" || x.Text == "" {
			t.Errorf("%+v: %d files, %v", x, len(files), err)
		}
		for name := range files {
			if strings.Contains(name, "node_modules") || strings.Contains(name, ".venv") || strings.HasSuffix(name, ".tmpl") {
				t.Errorf("%s has %s", x.Key, name)
			}
		}
	}
}

func TestATemplateIsWrittenAndNeverOver(t *testing.T) {
	r := newSecretRig(t)
	data := t.TempDir()
	in := crew.FromTemplate{Key: "python-telegram", Name: "Weather Bot", Dir: filepath.Join(data, "bots", "weather-bot"), Secrets: map[string]string{"TOKEN": " 123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw ", "OTHER": "x"}}
	v, err := r.AddTemplate(t.Context(), admin, in)
	if err != nil {
		t.Fatal(err)
	}
	dir := in.Dir
	if v.Dir != dir || v.Type != bot.TelegramBot || !slices.Equal(v.Command, []string{".venv/bin/python", "main.py"}) || v.Status.State != bot.Stopped {
		t.Errorf("made %+v", v)
	}
	if len(v.Secrets) != 1 || v.Secrets[0].Name != "TOKEN" || len(v.Env) != 0 {
		t.Errorf("secrets %+v, env %v", v.Secrets, v.Env)
	}
	for name := range mustFiles(t, "python-telegram") {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}

	// The same directory: nothing is touched, nothing is left.
	changed := filepath.Join(dir, "answers.py")
	if err := os.WriteFile(changed, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	in.Name, in.Dir, in.Key = "Other", dir, "node-telegram"
	_, err = r.AddTemplate(t.Context(), admin, in)
	if w := fields(err)["dir"]; !strings.Contains(w, "README.md already") {
		t.Errorf("dir: %q, %v", w, err)
	}
	if text, _ := os.ReadFile(changed); string(text) != "mine" {
		t.Error("a file was written over")
	}
	if _, err := os.Stat(filepath.Join(dir, "index.js")); err == nil {
		t.Error("a part of the other template was left")
	}
}

func TestWhatATemplateNeeds(t *testing.T) {
	r := newRig(t)
	r.create(bot.Spec{Name: "Taken"})
	for _, x := range []struct {
		in    crew.FromTemplate
		field string
	}{
		{crew.FromTemplate{Key: "cobol-telegram", Name: "A"}, "key"},
		{crew.FromTemplate{Key: "node-discord", Name: "A"}, "secrets.TOKEN"},
		{crew.FromTemplate{Key: "node-discord", Name: "A", Secrets: map[string]string{"TOKEN": "x"}}, "secrets.TOKEN"},
		{crew.FromTemplate{Key: "node-discord", Name: "", Secrets: map[string]string{"TOKEN": discordToken}}, "name"},
		{crew.FromTemplate{Key: "node-discord", Name: "taken", Secrets: map[string]string{"TOKEN": discordToken}}, "name"},
		{crew.FromTemplate{Key: "node-discord", Name: "A", Dir: filepath.Join(mustFile(t, r.data), "x"), Secrets: map[string]string{"TOKEN": discordToken}}, "dir"},
	} {
		_, err := r.AddTemplate(t.Context(), admin, x.in)
		if fields(err)[x.field] == "" {
			t.Errorf("%+v: %v %v", x.in, err, fields(err))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(r.data, "bots", "*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestLookAndInstall(t *testing.T) {
	r := newRig(t)
	if _, err := r.Look(filepath.Join(r.data, "nowhere")); fields(err)["dir"] == "" {
		t.Error(err)
	}
	b := r.create(bot.Spec{Name: "Empty", Dir: r.data})
	if _, err := r.Install(t.Context(), admin, b.ID); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "nothing to install") {
		t.Errorf("nothing there: %v", err)
	}
	write(t, filepath.Join(r.data, "go.mod"), "module hello\n")
	write(t, filepath.Join(r.data, "main.go"), "package main\n")
	v, err := r.Install(t.Context(), admin, b.ID)
	if err != nil || v.Status.Install == nil || r.sup.told[len(r.sup.told)-1] != "admin installs go build -o hello ." {
		t.Errorf("%+v, %v, %v", v.Status, err, r.sup.told)
	}
	t.Setenv("PATH", r.data)
	if _, err := r.Install(t.Context(), admin, b.ID); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "golang-go") {
		t.Errorf("without go: %v", err)
	}
	if _, err := r.CancelInstall(t.Context(), admin, b.ID); fault.CodeOf(err) != fault.Conflict {
		t.Error(err)
	}
}

func mustFiles(t *testing.T, key string) map[string][]byte {
	t.Helper()
	files, err := bots.Files(key)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// mustFile makes a file where a directory would have to be.
func mustFile(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "file")
	write(t, path, "")
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
