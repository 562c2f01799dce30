package runtimes

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/botswain/botswain/app/bot"
)

// procfileOnly is a directory with nothing but a Procfile that says something.
func procfileOnly(f folder) (Proposal, bool) {
	_, command := f.process()
	return Proposal{Kind: Procfile}, command != ""
}

// procfile takes the command from a Procfile: somebody wrote down there how the bot is started.
func (f folder) procfile(p *Proposal) {
	name, command := f.process()
	if command == "" {
		return
	}
	p.Found = append(p.Found, "Procfile")
	argv, err := bot.ParseCommandLine(command)
	if err != nil || strings.ContainsAny(command, "$&|;<>`") || strings.Contains(argv[0], "=") {
		argv = []string{"/bin/sh", "-c", "exec " + command}
		if strings.ContainsAny(command, "&|;") || err != nil {
			argv[2] = command
		}
	}
	if p.python != "" && (argv[0] == "python" || argv[0] == "python3") {
		argv[0] = p.python
	}
	p.Command = argv
	p.Notes = append(p.Notes, "The command is the process “"+name+"” of the Procfile.")
}

// process chooses from a Procfile what a bot most likely is.
func (f folder) process() (name, command string) {
	all := map[string]string{}
	order := []string{"bot", "worker"}
	for _, line := range strings.Split(f.read("Procfile"), "\n") {
		n, c, ok := strings.Cut(strings.TrimSpace(line), ":")
		if c = strings.TrimSpace(c); ok && c != "" && !strings.HasPrefix(n, "#") && n != "release" {
			all[n], order = c, append(order, n)
		}
	}
	for _, n := range order {
		if all[n] != "" {
			return n, all[n]
		}
	}
	return "", ""
}

var (
	envLine    = regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$`)
	secretName = regexp.MustCompile(`(?i)(TOKEN|SECRET|PASS|KEY|HASH|API_ID|PHONE|CREDENTIAL|DATABASE_URL|DSN)`)
)

// examples reads the names of variables from the example of a .env file.
func (f folder) examples(p *Proposal) {
	name := f.first(".env.example", ".env.sample", ".env.dist", "example.env")
	for _, line := range strings.Split(f.read(name), "\n") {
		m := envLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if secretName.MatchString(m[1]) {
			if !slices.Contains(p.Secrets, m[1]) {
				p.Secrets = append(p.Secrets, m[1])
			}
			continue
		}
		if p.Env == nil {
			p.Env = map[string]string{}
		}
		p.Env[m[1]] = strings.Trim(strings.TrimSpace(m[2]), `"'`)
	}
	if p.Env != nil || p.Secrets != nil {
		p.Found = append(p.Found, name)
	}
}

// remarks are what a person should know of what else is there.
func (f folder) remarks(p *Proposal) {
	if f.file(".env") {
		p.Notes = append(p.Notes, "There is a .env file. Botswain doesn't read it: many libraries do, or paste it into the environment.")
	}
	if name := f.first("Dockerfile", "Containerfile", "compose.yaml", "docker-compose.yml"); name != "" {
		p.Notes = append(p.Notes, "There is a "+name+". Botswain runs programs, not images; it may say how the bot is started.")
	}
}

// programs looks for what the commands need.
func (f folder) programs(p *Proposal) {
	seen := map[string]bool{}
	all := slices.Clone(p.Install)
	if p.Command != nil {
		all = append(all, p.Command)
	}
	for _, argv := range all {
		for len(argv) > 2 && (argv[0] == "env" || strings.Contains(argv[0], "=")) {
			argv = argv[1:]
		}
		for _, name := range needs(argv[0]) {
			if seen[name] {
				continue
			}
			seen[name] = true
			x := Program{Name: name, Package: packageOf(name)}
			x.Path, _ = f.lookup(name)
			p.Programs = append(p.Programs, x)
		}
	}
}

// needs are the programs of the machine behind a command.
func needs(program string) []string {
	switch program {
	case "npm", "pnpm", "yarn":
		return []string{"node", program}
	}
	if strings.Contains(program, "/") { // of the directory, or a path that somebody meant
		return nil
	}
	return []string{program}
}

// packageOf says in words what has to be installed for a program.
func packageOf(program string) string {
	switch program {
	case "python3", "python":
		return "the package python3 (with python3-venv on Debian and Ubuntu)"
	case "node":
		return "the package nodejs"
	case "npm":
		return "the package npm"
	case "yarn":
		return "Yarn: npm install -g yarn, or the package yarnpkg"
	case "pnpm":
		return "pnpm: npm install -g pnpm"
	case "go":
		return "the package golang-go, or Go from go.dev"
	case "cargo":
		return "the package cargo, or Rust from rustup.rs"
	case "poetry":
		return "the package python3-poetry"
	case "uv":
		return "uv: see docs.astral.sh/uv"
	}
	return "the program " + program
}

// list has the entries of a directory below.
func (f folder) list(dir string) map[string]fs.DirEntry {
	if dir == "." {
		return f.entries
	}
	entries := map[string]fs.DirEntry{}
	found, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		return entries
	}
	for _, e := range found {
		entries[e.Name()] = e
	}
	return entries
}

// folders are the names of the directories in one below, sorted.
func (f folder) folders(dir string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.list(dir))) {
		if f.dir(dir + "/" + name) {
			names = append(names, name)
		}
	}
	return names
}
