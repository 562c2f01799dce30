package bot

import "syscall"

// Signal is one that a bot may be stopped with.
type Signal struct {
	Name   string // "SIGTERM"
	Number syscall.Signal
}

// Signals lists what StopPolicy.Signal may name, the usual ones first: the order of the form.
// Others either can't stop a process or mean a fault of its own.
func Signals() []Signal {
	return []Signal{
		{"SIGTERM", syscall.SIGTERM},
		{"SIGINT", syscall.SIGINT},
		{"SIGQUIT", syscall.SIGQUIT},
		{"SIGHUP", syscall.SIGHUP},
		{"SIGUSR1", syscall.SIGUSR1},
		{"SIGUSR2", syscall.SIGUSR2},
		{"SIGKILL", syscall.SIGKILL},
	}
}

// SignalNumber finds the number of a signal in Signals by its full name.
func SignalNumber(name string) (syscall.Signal, bool) {
	for _, s := range Signals() {
		if s.Name == name {
			return s.Number, true
		}
	}
	return 0, false
}
