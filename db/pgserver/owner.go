package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// ErrNoUser is in the chain when we are root and there is nobody to run Postgres as.
var ErrNoUser = errors.New("root may not run Postgres, and there is no user \"postgres\" to run it as")

// newOwner is the user that a new cluster belongs to: ourselves, or for root the user "postgres",
// which every distribution's package makes. Nobody is chosen or made up when it is missing: a
// shared account such as "nobody" would let strangers into the data.
func newOwner() (uid, gid int, err error) {
	if os.Geteuid() != 0 {
		return os.Geteuid(), os.Getegid(), nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, fmt.Errorf("%w; make it with: useradd --system postgres", ErrNoUser)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return uid, gid, errors.Join(err1, err2)
}

// ownerOf is the user that an existing cluster belongs to.
func ownerOf(f *os.File) (uid, gid int, err error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, errors.New("pgserver: no owner known on this system")
	}
	return int(st.Uid), int(st.Gid), nil
}

// sysProc makes a child run as that user in a session of its own, so that neither Ctrl-C in our
// terminal nor our death reaches it.
func sysProc(uid, gid int) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true}
	switch me := os.Geteuid(); {
	case uid == me && me != 0:
	case me != 0:
		return nil, fmt.Errorf("the Postgres cluster belongs to another user (uid %d); start Botswain as that user or as root", uid)
	case uid == 0:
		return nil, fmt.Errorf("the Postgres cluster belongs to root, and Postgres refuses to run as root; give the directory to the user postgres")
	default:
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return attr, nil
}
