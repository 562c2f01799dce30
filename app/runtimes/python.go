package runtimes

import (
	"maps"
	"slices"
	"strings"
)

// python recognises Python programs. Dependencies go into a virtual environment in the directory,
// as PEP 668 wants it; with a lock file the tool that wrote it makes that.
func python(f folder) (Proposal, bool) {
	p := Proposal{Kind: Python}
	for _, name := range []string{"uv.lock", "poetry.lock", "pyproject.toml", "requirements.txt"} {
		if f.file(name) {
			p.Found = append(p.Found, name)
		}
	}
	scripts := f.ending(".py")
	if len(p.Found) == 0 && len(scripts) == 0 {
		return p, false
	}
	venv := ".venv"
	if !f.dir(venv) && f.file("venv/bin/python") {
		venv = "venv"
	}
	p.Install = f.pythonInstall(&venv)
	interpreter := "python3"
	if p.Install != nil || f.file(venv+"/bin/python") {
		interpreter = venv + "/bin/python"
	}
	p.python = interpreter
	switch script := f.pythonScript(scripts); {
	case script != "":
		p.Found = append(p.Found, script)
		p.Command = []string{interpreter, script}
	case f.pythonModule() != "":
		module := f.pythonModule()
		p.Found = append(p.Found, module+"/__main__.py")
		p.Command = []string{interpreter, "-m", module}
	case p.Install != nil:
		if name := f.pythonEntry(); name != "" {
			p.Command = []string{venv + "/bin/" + name}
		}
	}
	if p.Command == nil {
		p.Notes = append(p.Notes, "Which of its files starts the bot couldn't be found out: complete the command, such as "+interpreter+" bot.py.")
	}
	return p, true
}

// pythonInstall also says where the environment will be: uv and poetry have their own mind.
func (f folder) pythonInstall(venv *string) [][]string {
	pip := []string{*venv + "/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"}
	make := []string{"python3", "-m", "venv", *venv}
	switch {
	case f.file("uv.lock") && f.file("pyproject.toml"):
		*venv = ".venv"
		return [][]string{{"uv", "sync", "--frozen", "--no-dev"}}
	case f.file("poetry.lock") && f.file("pyproject.toml"):
		*venv = ".venv"
		return [][]string{{"env", "POETRY_VIRTUALENVS_IN_PROJECT=true", "poetry", "install", "--no-root", "--no-interaction"}}
	case f.file("requirements.txt"):
		return [][]string{make, append(pip, "-r", "requirements.txt")}
	case section(f.read("pyproject.toml"), "project") != nil:
		return [][]string{make, append(pip, ".")}
	}
	return nil
}

func (f folder) pythonScript(scripts []string) string {
	if name := f.first("main.py", "bot.py", "__main__.py", "app.py", "run.py", "index.py", "src/main.py", "src/bot.py"); name != "" {
		return name
	}
	var own []string
	for _, name := range scripts {
		if name != "setup.py" && name != "conftest.py" && name != "__init__.py" && !strings.HasPrefix(name, "test_") {
			own = append(own, name)
		}
	}
	if len(own) == 1 {
		return own[0]
	}
	return ""
}

// pythonModule is the only package that can be run with -m, or "".
func (f folder) pythonModule() string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(f.entries)) {
		if f.file(name + "/__main__.py") {
			found = append(found, name)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// pythonEntry is the only command that pyproject.toml installs, or "".
func (f folder) pythonEntry() string {
	text := f.read("pyproject.toml")
	names := section(text, "project.scripts")
	if len(names) == 0 {
		names = section(text, "tool.poetry.scripts")
	}
	if len(names) == 1 {
		for name := range names {
			return name
		}
	}
	return ""
}
