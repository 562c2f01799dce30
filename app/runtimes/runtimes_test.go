package runtimes

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/botswain/botswain/app/bot"
)

// tree is a directory: names with what is in them. A name that ends in * is executable.
type tree map[string]string

func (t tree) fs() fs.FS {
	m := fstest.MapFS{}
	for name, text := range t {
		mode := fs.FileMode(0o644)
		if cut, ok := strings.CutSuffix(name, "*"); ok {
			name, mode = cut, 0o755
		}
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: mode}
	}
	return m
}

// everything finds each program in /usr/bin, but for those that are named.
func everything(but ...string) Lookup {
	return func(name string) (string, error) {
		if slices.Contains(but, name) {
			return "", exec.ErrNotFound
		}
		return "/usr/bin/" + name, nil
	}
}

func TestDetect(t *testing.T) {
	const venv = "python3 -m venv .venv"
	const pip = ".venv/bin/python -m pip install --disable-pip-version-check --no-input "
	for _, x := range []struct {
		name    string
		tree    tree
		kind    string
		command string // as typed; "": none
		install string // joined by " && "
		note    string // part of one
	}{
		{"empty", tree{}, "", "", "", ""},
		{"unknown", tree{"readme.txt": "x"}, "", "", "", ""},

		{"requirements", tree{"requirements.txt": "x", "main.py": ""}, Python, ".venv/bin/python main.py", venv + " && " + pip + "-r requirements.txt", ""},
		{"a script alone", tree{"weather.py": ""}, Python, "python3 weather.py", "", ""},
		{"a script with helpers", tree{"weather.py": "", "setup.py": "", "test_weather.py": ""}, Python, "python3 weather.py", "", ""},
		{"two scripts", tree{"a.py": "", "b.py": ""}, Python, "", "", "complete the command"},
		{"bot.py before the others", tree{"a.py": "", "bot.py": ""}, Python, "python3 bot.py", "", ""},
		{"an environment that is there", tree{"bot.py": "", "venv/bin/python*": "", "requirements.txt": "x"}, Python, "venv/bin/python bot.py",
			"python3 -m venv venv && venv/bin/python -m pip install --disable-pip-version-check --no-input -r requirements.txt", ""},
		{"package", tree{"pyproject.toml": "[project]\nname = \"x\"\n", "mybot/__main__.py": ""}, Python, ".venv/bin/python -m mybot", venv + " && " + pip + ".", ""},
		{"entry point", tree{"pyproject.toml": "[project]\nname='x'\n\n[project.scripts]\nmybot = \"mybot:main\" # run\n"}, Python, ".venv/bin/mybot", venv + " && " + pip + ".", ""},
		{"tools only", tree{"pyproject.toml": "[tool.ruff]\nline-length = 100\n", "main.py": ""}, Python, "python3 main.py", "", ""},
		{"uv", tree{"pyproject.toml": "[project]\n", "uv.lock": "", "main.py": ""}, Python, ".venv/bin/python main.py", "uv sync --frozen --no-dev", ""},
		{"poetry", tree{"pyproject.toml": "[tool.poetry]\n[tool.poetry.scripts]\nrun-it = 'a:b'\n", "poetry.lock": ""}, Python, ".venv/bin/run-it",
			"env POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-root --no-interaction", ""},

		{"npm ci", tree{"package.json": `{"main":"bot.js","dependencies":{"x":"1"}}`, "package-lock.json": "{}", "bot.js": ""}, Node, "node bot.js", "npm ci --no-audit --no-fund", ""},
		{"no lock", tree{"package.json": `{"dependencies":{"x":"1"}}`, "index.js": ""}, Node, "node index.js", "npm install --no-audit --no-fund", ""},
		{"no dependencies", tree{"package.json": `{}`, "index.mjs": ""}, Node, "node index.mjs", "", ""},
		{"start", tree{"package.json": `{"main":"a.js","scripts":{"start":"node --enable-source-maps src/run.js"}}`, "a.js": ""}, Node, "node --enable-source-maps src/run.js", "", ""},
		{"a start that needs a shell", tree{"package.json": `{"scripts":{"start":"tsc && node dist"}}`}, Node, "npm start", "", "start script"},
		{"main without its ending", tree{"package.json": `{"main":"lib/bot"}`, "lib/bot.js": ""}, Node, "node lib/bot.js", "", ""},
		{"to be built", tree{"package.json": `{"main":"dist/index.js","scripts":{"build":"tsc"},"devDependencies":{"typescript":"5"}}`, "package-lock.json": "{}"},
			Node, "node dist/index.js", "npm ci --no-audit --no-fund && npm run build", ""},
		{"pnpm", tree{"package.json": `{}`, "pnpm-lock.yaml": "", "index.js": ""}, Node, "node index.js", "pnpm install --frozen-lockfile", ""},
		{"yarn 1", tree{"package.json": `{}`, "yarn.lock": "", "index.js": ""}, Node, "node index.js", "yarn install --frozen-lockfile", ""},
		{"yarn 4", tree{"package.json": `{"packageManager":"yarn@4.1.0"}`, "yarn.lock": "", "index.js": ""}, Node, "node index.js", "yarn install --immutable", ""},
		{"broken", tree{"package.json": `{`}, Node, "", "", "isn't right JSON"},
		{"a main outside", tree{"package.json": `{"main":"../../evil.js"}`}, Node, "", "", "complete the command"},

		{"go", tree{"go.mod": "module example.org/me/weather\n", "main.go": "// x\npackage main\n"}, Go, "./weather", "go build -o weather .", ""},
		{"go, major version", tree{"go.mod": "module example.org/weather/v2\n", "a.go": "package main"}, Go, "./weather", "go build -o weather .", ""},
		{"go, name of a folder", tree{"go.mod": "module weather\n", "main.go": "package main\n", "weather/x.go": "package weather"}, Go, "./weather-bot", "go build -o weather-bot .", ""},
		{"go, cmd", tree{"go.mod": "module weather\n", "lib.go": "package weather\n", "cmd/bot/main.go": "package main\n"}, Go, "./bot", "go build -o bot ./cmd/bot", ""},
		{"go, two commands", tree{"go.mod": "module weather\n", "cmd/a/main.go": "package main\n", "cmd/b/main.go": "package main\n"}, Go, "", "", "couldn't be found out"},

		{"rust", tree{"Cargo.toml": "[package]\nname = \"weather\"\n", "Cargo.lock": "", "src/main.rs": ""}, Rust, "./target/release/weather", "cargo build --release --locked", ""},
		{"rust library", tree{"Cargo.toml": "[workspace]\n"}, Rust, "", "", "couldn't be found out"},

		{"one program", tree{"weather*": "", "notes.txt": ""}, Executable, "./weather", "", ""},
		{"two programs", tree{"a*": "", "b*": ""}, "", "", "", ""},
		{"start script", tree{"start.sh": "", "x": ""}, Executable, "/bin/sh start.sh", "", ""},

		{"Procfile", tree{"Procfile": "web: ./web\nworker: ./weather --all\n"}, Procfile, "./weather --all", "", "“worker”"},
		{"Procfile with a shell", tree{"Procfile": "bot: ./weather $PORT"}, Procfile, "/bin/sh -c 'exec ./weather $PORT'", "", ""},
		{"Procfile with two commands", tree{"Procfile": "bot: ./a && ./b"}, Procfile, "/bin/sh -c './a && ./b'", "", ""},
		{"Procfile of Python", tree{"Procfile": "release: migrate\nworker: python src/run.py", "requirements.txt": ""}, Python, ".venv/bin/python src/run.py", venv + " && " + pip + "-r requirements.txt", ""},

		{"Python with tools in Node", tree{"package.json": `{"devDependencies":{"x":"1"}}`, "main.py": ""}, Python, "python3 main.py", "", "package.json"},
		{"Node with a Makefile in Python", tree{"package.json": `{"main":"index.js"}`, "index.js": "", "a.py": "", "b.py": ""}, Node, "node index.js", "", "Python"},
		{"Docker", tree{"Dockerfile": "", "weather*": ""}, Executable, "./weather", "", "programs, not images"},
		{".env", tree{".env": "TOKEN=1", "weather*": ""}, Executable, "./weather", "", "doesn't read it"},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := Detect(x.tree.fs(), everything())
			if err != nil {
				t.Fatal(err)
			}
			if p.Kind != x.kind || bot.FormatCommandLine(p.Command) != x.command || Words(p.Install) != x.install {
				t.Errorf("%q, %q, %q", p.Kind, bot.FormatCommandLine(p.Command), Words(p.Install))
			}
			if notes := strings.Join(p.Notes, "\n"); !strings.Contains(notes, x.note) || x.note == "" && notes != "" && x.command != "" && x.kind != Procfile && !strings.HasPrefix(x.name, "Procfile") {
				t.Errorf("notes: %q", notes)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	p, err := Detect(tree{"main.py": "", ".env.example": "# about\nTOKEN=abc\nexport PREFIX=\"!\"\nAPI_HASH=\nLANGUAGE = en\n"}.fs(), everything())
	if err != nil || !reflect.DeepEqual(p.Env, map[string]string{"PREFIX": "!", "LANGUAGE": "en"}) || !slices.Equal(p.Secrets, []string{"TOKEN", "API_HASH"}) {
		t.Errorf("%v, %v, %v", p.Env, p.Secrets, err)
	}
}

func TestPrograms(t *testing.T) {
	p, err := Detect(tree{"package.json": `{"main":"a.js"}`, "a.js": "", "package-lock.json": ""}.fs(), everything("npm"))
	if err != nil || len(p.Programs) != 2 || p.Programs[0].Path != "/usr/bin/node" {
		t.Fatalf("%v, %v", p.Programs, err)
	}
	if m := p.Missing(); len(m) != 1 || m[0].Name != "npm" || !strings.Contains(m[0].Package, "npm") {
		t.Errorf("%v", m)
	}
	// What poetry is given isn't a program.
	p, _ = Detect(tree{"pyproject.toml": "", "poetry.lock": "", "main.py": ""}.fs(), everything())
	if len(p.Programs) != 1 || p.Programs[0].Name != "poetry" {
		t.Errorf("%v", p.Programs)
	}
}

// TestOwnExamples looks at the bots of this project as people will.
func TestOwnExamples(t *testing.T) {
	for dir, command := range map[string]string{
		"python-telegram": ".venv/bin/python main.py", "python-telegram-userbot": ".venv/bin/python main.py",
		"python-discord": ".venv/bin/python main.py", "node-discord": "node index.js", "node-telegram": "node index.js",
	} {
		p, err := Detect(os.DirFS("../../bots/"+dir), everything())
		if err != nil || bot.FormatCommandLine(p.Command) != command || p.Install == nil {
			t.Errorf("%s: %v, %v", dir, p, err)
		}
	}
}

func TestNoSuchDirectory(t *testing.T) {
	if _, err := Detect(os.DirFS("/nowhere"), everything()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestScript(t *testing.T) {
	dir := t.TempDir()
	run := func(steps ...[]string) (string, error) {
		cmd := exec.Command("/bin/sh", "-c", Script(steps))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run([]string{"echo", "it's", "$HOME"}, []string{"printf", `a\\n`})
	if err != nil || !strings.HasPrefix(out, "$ echo 'it'\\''s' '$HOME'\nit's $HOME\n") {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := run([]string{"false"}, []string{"echo", "not reached"}); err == nil || strings.Contains(out, "\nnot") {
		t.Errorf("%q, %v", out, err)
	}
}
