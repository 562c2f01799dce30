package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/config"
	"github.com/botswain/botswain/app/event"
)

// ThisProgram is the path that an upgrade in place (SIGUSR2) executes: as the program was called,
// with its symbolic links, or else where the kernel found it. Call it at the start: later the file
// may have been replaced.
func ThisProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program's file: %w", err)
	}
	called, err := exec.LookPath(os.Args[0])
	if err != nil {
		return self, nil
	}
	if called, err = filepath.Abs(called); err != nil {
		return self, nil
	}
	a, err1 := os.Stat(called)
	b, err2 := os.Stat("/proc/self/exe")
	if err1 == nil && err2 == nil && os.SameFile(a, b) {
		return called, nil
	}
	return self, nil
}

// checkLimit bounds how long the new program may take to say its version.
const checkLimit = 10 * time.Second

// checkProgram runs a program's version command and gives the version. Whatever can't be executed
// here, or isn't Botswain, is an error.
func checkProgram(ctx context.Context, path string) (string, error) {
	if path == "" {
		return "", errors.New("its file isn't known")
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(string(out), "botswain ")
	version, _, whole := strings.Cut(rest, " (")
	if !ok || !whole || version == "" {
		return "", fmt.Errorf("%s does not say that it is Botswain", path)
	}
	return version, nil
}

// prepareUpgrade makes sure that the program on disk can take over, also that it would find the data
// directory as it needs it. When it can't, the log says why and false is answered: nothing has
// happened then.
func (a *App) prepareUpgrade(ctx context.Context) bool {
	version, err := checkProgram(ctx, a.opts.Program)
	if err == nil {
		err = config.Writable(a.cfg.DataDir)
	}
	if err == nil {
		a.next, err = a.leave()
	}
	if err != nil {
		a.log.Error("no upgrade: the program on disk can't take over; going on", "program", a.opts.Program, "error", err)
		return false
	}
	a.log.Info("upgrading in place", "from", a.opts.Version, "to", version, "program", a.opts.Program)
	return true
}

// become executes the program in this process. It returns only when that fails; the handover is
// good for this program again then.
func (h *Handover) become(program string) error {
	env, err := h.environ()
	if err == nil {
		// A second signal must not end the new program before it listens for it.
		signal.Ignore(unix.SIGUSR2)
		err = syscall.Exec(program, os.Args, env)
		signal.Reset(unix.SIGUSR2)
	}
	h.takeBack()
	return fmt.Errorf("execute %s: %w", program, err)
}

// tellUpgrade notes that this program took over from another.
func (a *App) tellUpgrade(ctx context.Context) {
	if a.opts.Handover == nil {
		return
	}
	from, to := a.opts.Handover.from, a.opts.Version
	a.log.Info("upgraded in place", "from", from, "to", to)
	message := fmt.Sprintf("Botswain was upgraded from %s to %s", from, to)
	if from == to {
		message = fmt.Sprintf("Botswain was started again in place (version %s)", to)
	}
	if err := a.events.Append(ctx, event.Event{Kind: event.Upgraded, Message: message}); err != nil {
		a.log.Warn("the upgrade could not be stored as an event", "error", err)
	}
}
