package notify

import (
	"errors"
	"net"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/procfs"
)

const (
	// maxMessage is the longest datagram, in bytes; systemd takes no longer one.
	maxMessage = 4096
	// maxFiles is the most descriptors that one can carry (SCM_MAX_FD).
	maxFiles = 253
	// burst messages are read at once, then one each pause: a bot can't keep Botswain busy.
	burst = 50
	pause = 20 * time.Millisecond
	// trustFor is how long a sender is known without another look.
	trustFor = time.Second
	// maxDepth bounds how far up a sender's parents are looked at.
	maxDepth = 64
)

// serve reads one socket until it is closed.
func (s *Server) serve(k *socket) {
	b, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4*maxFiles))
	p, known := pacer{left: burst, last: time.Now()}, sender{}
	for s.ctx.Err() == nil {
		n, oobn, flags, _, err := k.conn.ReadMsgUnix(b, oob)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.Log.Warn("a bot's notification could not be read", "bot", k.id, "error", err)
			p.spend(time.Now(), burst) // whatever it is, it doesn't make us spin
		} else {
			pid, files := ancillary(oob[:oobn])
			if flags&unix.MSG_TRUNC == 0 && s.trusted(k, &known, pid) {
				if m, ok := parse(b[:n]); ok {
					s.Heard(s.ctx, k.id, k.run, m)
				}
			}
			// Last: BARRIER=1 waits for its descriptor to be closed.
			for _, fd := range files {
				unix.Close(fd)
			}
		}
		if wait := p.spend(time.Now(), 1); wait > 0 {
			time.Sleep(wait)
		}
	}
}

// pacer bounds how often something is done.
type pacer struct {
	left float64
	last time.Time
}

// spend says how long to wait after n more.
func (p *pacer) spend(now time.Time, n float64) time.Duration {
	p.left = min(burst, p.left+now.Sub(p.last).Seconds()/pause.Seconds()) - n
	p.last = now
	if p.left >= 0 {
		return 0
	}
	return pause
}

// ancillary reads who sent a datagram (0: not said) and the descriptors that came with it.
func ancillary(oob []byte) (pid int, files []int) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0, nil
	}
	for i := range messages {
		if cred, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
			pid = int(cred.Pid)
		} else if fds, err := unix.ParseUnixRights(&messages[i]); err == nil {
			files = append(files, fds...)
		}
	}
	return pid, files
}

// sender is the last one of a socket.
type sender struct {
	pid   int
	ok    bool
	until time.Time
}

// trusted says whether a process is of the socket's run.
func (s *Server) trusted(k *socket, last *sender, pid int) bool {
	if now := time.Now(); pid != last.pid || now.After(last.until) {
		*last = sender{pid: pid, ok: s.belongs(k, pid), until: now.Add(trustFor)}
		if !last.ok {
			s.Log.Warn("a notification from a process that isn't the bot's is ignored", "bot", k.id, "pid", pid)
		}
	}
	return last.ok
}

// belongs goes by what a process can't get rid of by leaving its parents: the run's id in its
// environment; and, should it have dropped that, by session, process group and parents.
func (s *Server) belongs(k *socket, pid int) bool {
	if pid <= 0 {
		return false
	}
	if tagged(pid, k.run) {
		return true
	}
	main := s.PID(k.id, k.run)
	if main <= 0 {
		return false
	}
	for at, depth := pid, 0; at > 1 && depth < maxDepth; depth++ {
		st, err := procfs.One(at)
		if err != nil {
			return false
		}
		if st.PID == main || st.Session == main || st.PGrp == main {
			return true
		}
		at = st.PPID
	}
	return false
}

// tagged says whether a process has the run's id in its environment.
func tagged(pid int, run bot.RunID) bool {
	proc, err := procfs.NewReader()
	if err != nil {
		return false
	}
	defer proc.Close()
	value, _, _, err := proc.Env(pid, runVariable)
	return err == nil && string(value) == run.String()
}

const runVariable = "BOTSWAIN_RUN_ID"

// uuidOf is the run that a file's name is of.
func uuidOf(name string) (bot.RunID, error) {
	id, found := strings.CutSuffix(name, suffix)
	if !found {
		return bot.RunID{}, errors.New("not a socket of ours")
	}
	return uuid.Parse(id)
}
