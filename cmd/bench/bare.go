package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// bare is no supervisor at all: the bots write into files that nobody reads. What they reach here
// is what this machine's file system lets a bot reach that shall outlive its supervisor.
type bare struct {
	dir  string
	bots []botSpec
	runs []*daemon
}

// errNoSupervisor is the answer to all that isn't starting bots and counting their lines.
var errNoSupervisor = errors.New("there is no supervisor")

func makeBare(context.Context, *lab) (maker, error) {
	return maker{
		name:    "file",
		version: "no supervisor, a file that nobody reads",
		make:    func(dir string) system { return &bare{dir: dir} },
		only:    []string{"lines-write", "lines-block", "lines-ten"},
	}, nil
}

func (b *bare) logFile(bot string) string { return filepath.Join(b.dir, bot+".log") }

func (b *bare) up(_ context.Context, bots []botSpec) error {
	b.bots = bots
	return nil
}

func (b *bare) start(context.Context) error {
	for _, bot := range b.bots {
		run, err := launch(b.dir, b.logFile(bot.name), os.Environ(), bot.command...)
		if err != nil {
			return err
		}
		b.runs = append(b.runs, run)
	}
	return nil
}

func (b *bare) roots() (own, database []int) { return nil, nil }

func (b *bare) stored(_ context.Context, bot string) (int, error) {
	return linesIn(b.logFile(bot), lineLen)
}

func (b *bare) down() {
	for _, run := range b.runs {
		run.end(time.Second)
	}
}

func (b *bare) raw(string) (string, func(), error)               { return "", nil, errNoSupervisor }
func (b *bare) stop(context.Context) error                       { return errNoSupervisor }
func (b *bare) read(context.Context, string, func(string)) error { return errNoSupervisor }
func (b *bare) tail(context.Context, string, func([]byte)) error { return errNoSupervisor }
func (b *bare) watch(context.Context) error                      { return errNoSupervisor }
func (b *bare) kill(context.Context) error                       { return errNoSupervisor }
func (b *bare) resume(context.Context) error                     { return errNoSupervisor }
