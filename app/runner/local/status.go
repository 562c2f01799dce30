package local

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
)

// status reaps the main process when that is ours to do, and gives its wait status. Of a process
// that isn't our child only a kernel of 6.15 or newer knows it (PIDFD_GET_INFO), and only after
// its parent has reaped it.
func (r *run) status() (unix.WaitStatus, bool) {
	if r.pidfd < 0 {
		return 0, false
	}
	// By pidfd first, without taking it: that can't mistake another process for this one. A zombie
	// child of ours keeps its pid, so reaping by pid is then safe.
	var found unix.Siginfo
	err := again(func() error {
		return unix.Waitid(unix.P_PIDFD, r.pidfd, &found, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	})
	if err == nil {
		if found.Signo == 0 {
			return 0, false
		}
		var ws unix.WaitStatus
		err := again(func() error {
			_, err := unix.Wait4(r.pid, &ws, unix.WNOHANG, nil)
			return err
		})
		return ws, err == nil
	}
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
	if err := unix.IoctlPidfdInfo(r.pidfd, &info); err != nil || info.Mask&unix.PIDFD_INFO_EXIT == 0 {
		return 0, false
	}
	return unix.WaitStatus(info.Exit_code), true
}

func again(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// shellKilled is the exit code with which a shell, or a program that does as shells do, passes on
// that its child was ended by SIGKILL.
const shellKilled = 128 + int(unix.SIGKILL)

// outOfMemory says that the kernel ended the run because memory ran out: by the cgroup's count, and
// an end that is like it. A run whose worker was killed long ago may well end by itself.
func (r *run) outOfMemory(e bot.Exit) bool {
	if r.end.mainKilled {
		return false
	}
	if n, ok := r.group.KilledForMemory(); !ok || n == 0 {
		return false
	}
	return e.Signal == "SIGKILL" || e.Code == nil && e.Signal == "" || e.Code != nil && *e.Code == shellKilled
}

// describe puts a wait status into an exit.
func describe(e *bot.Exit, ws unix.WaitStatus) {
	switch {
	case ws.Exited():
		code := ws.ExitStatus()
		e.Code = &code
	case ws.Signaled():
		e.Signal = unix.SignalName(ws.Signal())
	}
}
