package local

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/procfs"
	"github.com/botswain/botswain/app/runner"
)

// fork makes the process: a session and process group of its own, the three files as its only
// descriptors (all others close on exec), signals as a fresh program expects them. In a v2 cgroup
// it is from its first moment.
//
// What can't be given to it before exec (resource limits, v1 cgroups) is set while the kernel
// holds it right after exec, before the program's first instruction, as it does for a debugger:
// so the program never sees, and never makes a child with, anything else.
func (b *Backend) fork(r *run, s runner.Start, t target, spool files) error {
	group, err := r.group.Open()
	if err != nil {
		return err
	}
	if group >= 0 {
		defer unix.Close(group)
	}
	pidfd := -1
	sys := &syscall.SysProcAttr{Setsid: true, PidFD: &pidfd, UseCgroupFD: group >= 0, CgroupFD: group, Credential: credential(t.user)}
	if b.mayHold && !privileged(t.path) && (s.Limits.OpenFiles > 0 || r.group.Moves()) {
		// The thread that forks is the only one that may let go again.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		sys.Ptrace = true
	}
	env := s.Env
	if env == nil {
		env = []string{} // nil would mean ours
	}
	pid, err := syscall.ForkExec(t.path, s.Command, &syscall.ProcAttr{
		Dir:   t.dir,
		Env:   env,
		Files: []uintptr{uintptr(spool[0]), uintptr(spool[1]), uintptr(spool[2])},
		Sys:   sys,
	})
	if err != nil {
		return err
	}
	if sys.Ptrace {
		awaitExec(pid)
	}
	b.confine(r, pid, s)
	if sys.Ptrace {
		if err := unix.PtraceDetach(pid); err != nil && !errors.Is(err, unix.ESRCH) { // killed meanwhile
			closeFD(pidfd)
			abandon(pid)
			return fmt.Errorf("let the new process go: %w", err)
		}
	}
	r.held = sys.Ptrace
	return r.identify(pid, pidfd)
}

// identify reads what names the new process for ever.
func (r *run) identify(pid, pidfd int) error {
	if pidfd < 0 {
		// The child can't be reaped by anyone but us, so its pid is its own until then.
		var err error
		if pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
			abandon(pid)
			return fmt.Errorf("open a descriptor for the new process: %w", err)
		}
	}
	st, err := procfs.One(pid)
	if err != nil {
		unix.Close(pidfd)
		abandon(pid)
		return fmt.Errorf("read the new process: %w", err)
	}
	r.pid, r.ticks, r.pidfd, r.child = pid, st.Start, pidfd, true
	return nil
}

func credential(user *runner.Account) *syscall.Credential {
	if user == nil {
		return nil
	}
	return &syscall.Credential{Uid: user.UID, Gid: user.GID, Groups: user.Groups}
}

// awaitExec returns when the kernel holds the new process at its exec, or it was killed; then it
// stays a zombie for the keeper.
func awaitExec(pid int) {
	again(func() error {
		return unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
	})
}

// canHold says that a process can be held at its exec: some containers forbid it. A child that
// fails to execute nothing gives exec's answer if it could ask for it.
func canHold() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, err := syscall.ForkExec("", []string{""}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{Ptrace: true}})
	return errors.Is(err, syscall.ENOENT)
}

// privileged says that a program gains rights by its file. One that is held at its exec doesn't,
// unless root holds it.
func privileged(path string) bool {
	if os.Geteuid() == 0 {
		return false
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
		return true
	}
	n, err := unix.Getxattr(path, "security.capability", nil)
	return err == nil && n > 0
}

// confine sets the limits of the new process, which its children inherit, and puts it into the
// cgroups that it couldn't be started in.
func (b *Backend) confine(r *run, pid int, s runner.Start) {
	if !s.Limits.CoreDumps {
		b.limit(r, pid, unix.RLIMIT_CORE, 0)
	}
	if s.Limits.OpenFiles > 0 {
		b.limit(r, pid, unix.RLIMIT_NOFILE, uint64(s.Limits.OpenFiles))
	}
	if err := r.group.Move(pid); err != nil {
		b.log.Warn("a bot could not be put into its cgroup; its limits don't hold", "bot", r.bot, "run", r.id, "pid", pid, "error", err)
	}
}

// limit sets a resource limit. One above what Botswain itself may have is lowered to that.
func (b *Backend) limit(r *run, pid, resource int, value uint64) {
	want := unix.Rlimit{Cur: value, Max: value}
	err := unix.Prlimit(pid, resource, &want, nil)
	if errors.Is(err, unix.EPERM) {
		var have unix.Rlimit
		if unix.Prlimit(pid, resource, nil, &have) == nil && have.Max != math.MaxUint64 {
			want = unix.Rlimit{Cur: min(want.Cur, have.Max), Max: min(want.Max, have.Max)}
			err = unix.Prlimit(pid, resource, &want, nil)
		}
	}
	if err != nil && !errors.Is(err, unix.ESRCH) {
		b.log.Warn("a limit could not be set", "bot", r.bot, "run", r.id, "resource", resource, "limit", value, "error", err)
	}
}

// abandon ends a child that can't be looked after.
func abandon(pid int) {
	unix.Kill(-pid, unix.SIGKILL)
	again(func() error {
		_, err := unix.Wait4(pid, nil, 0, nil)
		return err
	})
}

func closeFD(fd int) {
	if fd >= 0 {
		unix.Close(fd)
	}
}
