package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// needs skips a test that would install with something that this machine hasn't got.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not on this machine, so nothing can be installed with it here", p)
		}
	}
}

// folder is a directory with files, for a bot.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type installJSON struct {
	Install *struct {
		RunID   string  `json:"run_id"`
		EndedAt *string `json:"ended_at"`
		Outcome string  `json:"outcome"`
		Reason  string  `json:"reason"`
	} `json:"install"`
}

func (s *server) installation(id string) installJSON {
	s.t.Helper()
	var i installJSON
	if code := s.call("GET", "/bots/"+id+"/install", nil, &i); code != http.StatusOK || i.Install == nil {
		s.t.Fatalf("installation: %d", code)
	}
	return i
}

// installed begins an installation and waits for its outcome.
func (s *server) installed(id string) installJSON {
	s.t.Helper()
	if code := s.call("POST", "/bots/"+id+"/install", nil, nil); code != http.StatusAccepted {
		s.t.Fatalf("install: %d", code)
	}
	var i installJSON
	eventually(s.t, 3*time.Minute, "the end of the installation", func() bool {
		i = s.installation(id)
		return i.Install.EndedAt != nil
	})
	return i
}

// proposed is a bot whose command is what the look into its directory says.
func (s *server) proposed(name, dir string, more fields) botJSON {
	s.t.Helper()
	var look struct {
		Command []string `json:"command"`
	}
	if code := s.call("GET", "/runtimes?dir="+dir, nil, &look); code != http.StatusOK || len(look.Command) == 0 {
		s.t.Fatalf("look: %d %v", code, look)
	}
	all := fields{"dir": dir, "command": look.Command, "restart": fields{"policy": "never"}}
	for k, v := range more {
		all[k] = v
	}
	return s.create(name, all)
}

const waitingPackage = `{"name":"x","version":"1.0.0","main":"index.js","scripts":{"preinstall":"sh wait.sh"}}`
const waitingLock = `{"name":"x","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"x","version":"1.0.0","hasInstallScript":true}}}`

// waiting is a Node bot whose installation goes on until there is a file "go".
func waiting(t *testing.T) string {
	return folder(t, map[string]string{
		"package.json": waitingPackage, "package-lock.json": waitingLock,
		"index.js": "console.log('the bot has started')\n",
		"wait.sh":  "echo \"token=[$TOKEN] report=[$BOTSWAIN_REPORT_TOKEN] greeting=[$GREETING]\" >seen\nwhile [ ! -e go ]; do sleep 0.1; done\n",
	})
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// TestInstallationOutlivesBotswain: it goes on over a kill -9, is known to the next Botswain, keeps the
// bot down until then, and has none of its secrets.
func TestInstallationOutlivesBotswain(t *testing.T) {
	t.Parallel()
	needs(t, "node", "npm")
	s := install(t)
	dir := waiting(t)
	b := s.proposed("shipyard", dir, fields{"env": fields{"GREETING": "ahoy"}, "secrets": fields{"TOKEN": "a-very-secret-value"}})
	if code := s.call("POST", "/bots/"+b.ID+"/install", nil, nil); code != http.StatusAccepted {
		t.Fatalf("install: %d", code)
	}
	eventually(t, time.Minute, "npm's script", func() bool { return read(t, dir+"/seen") != "" })
	if seen := read(t, dir+"/seen"); seen != "token=[] report=[] greeting=[ahoy]\n" {
		t.Errorf("the installation's environment: %q", seen)
	}
	before := s.installation(b.ID)
	if code := s.call("POST", "/bots/"+b.ID+"/start", nil, nil); code != http.StatusConflict {
		t.Errorf("start while it is being installed: %d", code)
	}

	s.kill9()
	s.start()
	after := s.installation(b.ID)
	if after.Install.EndedAt != nil || after.Install.RunID != before.Install.RunID {
		t.Fatalf("after the kill: %+v", after.Install)
	}
	if code := s.call("POST", "/bots/"+b.ID+"/start", nil, nil); code != http.StatusConflict {
		t.Errorf("start after the kill: %d", code)
	}
	if err := os.WriteFile(dir+"/go", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the end of the installation", func() bool { return s.installation(b.ID).Install.EndedAt != nil })
	// Who is no parent learns an exit code only of a kernel that keeps it, once the parent has asked; its own last word tells.
	if o := s.installation(b.ID).Install.Outcome; o != "unknown" && o != "installed" {
		t.Errorf("outcome %s; log %+v", o, s.lines(b.ID, 0))
	}
	eventually(t, 30*time.Second, "its last word", func() bool { return s.hasLine(b.ID, "Done.") })
	if left := processesWith("BOTSWAIN_RUN_ID=" + before.Install.RunID); len(left) != 0 {
		t.Errorf("processes are left: %v", left)
	}
	if runs := s.runs(b.ID); len(runs) != 0 {
		t.Errorf("it was taken for a run: %+v", runs)
	}
	s.do(b.ID, "start")
	eventually(t, 30*time.Second, "the bot", func() bool { return s.hasLine(b.ID, "the bot has started") })
	checkSeqs(t, s.lines(b.ID, 0))
}

func TestInstallationIsCancelled(t *testing.T) {
	t.Parallel()
	needs(t, "node", "npm")
	s := install(t)
	dir := waiting(t)
	b := s.proposed("dock", dir, nil)
	if code := s.call("POST", "/bots/"+b.ID+"/install", nil, nil); code != http.StatusAccepted {
		t.Fatalf("install: %d", code)
	}
	eventually(t, time.Minute, "npm's script", func() bool { return read(t, dir+"/seen") != "" })
	run := s.installation(b.ID).Install.RunID
	if code := s.call("DELETE", "/bots/"+b.ID+"/install", nil, nil); code != http.StatusOK {
		t.Fatalf("cancel: %d", code)
	}
	eventually(t, time.Minute, "the end of the installation", func() bool { return s.installation(b.ID).Install.EndedAt != nil })
	if i := s.installation(b.ID); i.Install.Outcome != "cancelled" || i.Install.Reason != "cancelled by "+adminName {
		t.Errorf("%+v", i.Install)
	}
	if left := processesWith("BOTSWAIN_RUN_ID=" + run); len(left) != 0 {
		t.Errorf("processes are left: %v", left)
	}
	if kinds := s.eventKinds(b.ID); !strings.Contains(kinds, "bot.installing") || !strings.Contains(kinds, "bot.install.failed") {
		t.Errorf("events %s", kinds)
	}
}

// TestInstalledBotsRun: without a network, what the look proposes is installed and then runs.
func TestInstalledBotsRun(t *testing.T) {
	t.Parallel()
	s := install(t)
	cache, _ := exec.Command("go", "env", "GOCACHE").Output()
	for _, x := range []struct {
		name  string
		needs []string
		files map[string]string
		env   fields
	}{
		{"go", []string{"go"}, map[string]string{"go.mod": "module hello\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() { println(\"the bot has started\") }\n"},
			fields{"GOCACHE": strings.TrimSpace(string(cache)), "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}},
		{"python", []string{"python3"}, map[string]string{"requirements.txt": "# nothing\n", "main.py": "print('the bot has started')\n"}, nil},
		{"node", []string{"node", "npm"}, map[string]string{
			"package.json": `{"name":"x","version":"1.0.0","main":"index.js"}`, "index.js": "console.log('the bot has started')\n",
			"package-lock.json": `{"name":"x","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"x","version":"1.0.0"}}}`,
		}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			needs(t, x.needs...)
			if x.name == "python" && exec.Command("python3", "-c", "import ensurepip, venv").Run() != nil {
				t.Skip("python3 can't make virtual environments here: python3-venv is missing")
			}
			b := s.proposed(x.name, folder(t, x.files), fields{"env": x.env})
			if i := s.installed(b.ID); i.Install.Outcome != "installed" {
				t.Fatalf("%+v; log %+v", i.Install, s.lines(b.ID, 0))
			}
			s.do(b.ID, "start")
			eventually(t, 30*time.Second, "the bot", func() bool { return s.hasLine(b.ID, "the bot has started") })
		})
	}
	b := s.create("nothing", fields{"dir": t.TempDir()}, "sleep")
	if code := s.call("POST", "/bots/"+b.ID+"/install", nil, nil); code != http.StatusUnprocessableEntity {
		t.Errorf("nothing to install: %d", code)
	}
}
