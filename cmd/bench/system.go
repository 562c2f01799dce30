package main

import "context"

// botSpec is a bot as all systems can run it. It is started again whenever it ends, at once,
// unless once is set.
type botSpec struct {
	name    string
	command []string
	once    bool // never started again
}

// system is one supervisor in a directory of its own. It is used by one goroutine; start,
// stop, tail and watch may run besides.
type system interface {
	// up starts the supervisor with these bots defined and none of them running.
	up(ctx context.Context, bots []botSpec) error
	// start and stop act on all bots, as one command where the system has one. They may return
	// before the bots are up or gone.
	start(ctx context.Context) error
	stop(ctx context.Context) error
	// roots are the processes whose trees are the supervisor, and those that are its database.
	roots() (own, database []int)
	// stored is how many lines of a bot are where they stay: in the log file, or committed. Lines of
	// other lengths than lineLen make it wrong for systems that only look at the size of the file.
	stored(ctx context.Context, bot string) (int, error)
	// read calls line with each stored line of a bot, in order.
	read(ctx context.Context, bot string, line func(text string)) error
	// raw is the file that has what a bot writes from now on, as the system keeps it; all of it is there until
	// release is called.
	raw(bot string) (path string, release func(), err error)
	// tail calls line with each new line of a bot until ctx ends.
	tail(ctx context.Context, bot string, line func(text []byte)) error
	// watch holds open what a person would look at, as far as the system has such a thing, until ctx
	// ends.
	watch(ctx context.Context) error
	// kill ends the supervisor alone with SIGKILL; resume starts it again as its manual says.
	kill(ctx context.Context) error
	resume(ctx context.Context) error
	// down ends the supervisor and its database, whatever their state. Bots may be left.
	down()
}

// maker makes systems of one kind.
type maker struct {
	name, version string
	make          func(dir string) system
	only          []string // measurements that it can take part in; nil: all
}

// lineLen is the length of the testbot's lines in its lines mode, with the line end.
const lineLen = 100
