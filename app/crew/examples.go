package crew

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/bots"
)

// Example is a bot that needs no token, to see Botswain at work.
type Example struct {
	Key  string // "clock"
	Name string // of the bot that it becomes
	Text string // what it does, in one sentence
}

// Examples lists the example bots.
func (s *Service) Examples() []Example {
	return []Example{
		{"clock", "Clock", "Prints the time every second."},
		{"chatty", "Chatty", "Prints several lines a second, of all levels, with a stack trace now and then."},
		{"crasher", "Crasher", "Fails with exit code 1 after a minute, and is started again."},
	}
}

// AddExamples writes the scripts of some examples to the data directory and adds bots that run
// them; it doesn't start them. An unknown key is a fault.Invalid at "keys".
func (s *Service) AddExamples(ctx context.Context, by event.Actor, keys []string) ([]View, error) {
	chosen := make([]Example, 0, len(keys))
	for _, key := range keys {
		e, ok := s.example(key)
		if !ok {
			return nil, examplesFault(fmt.Sprintf("There is no example bot %q.", key))
		}
		chosen = append(chosen, e)
	}
	if len(chosen) == 0 {
		return nil, examplesFault("Choose at least one example bot.")
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	views := make([]View, 0, len(chosen))
	for _, e := range chosen {
		v, err := s.addExample(ctx, by, e)
		if err != nil {
			return views, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (s *Service) example(key string) (Example, bool) {
	for _, e := range s.Examples() {
		if e.Key == key {
			return e, true
		}
	}
	return Example{}, false
}

func examplesFault(message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]string{"keys": message}}
}

func (s *Service) addExample(ctx context.Context, by event.Actor, e Example) (View, error) {
	path, err := s.writeExample(e.Key)
	if err != nil {
		return View{}, fault.Wrap(err, fault.Unavailable, "The example could not be written to the data directory; Botswain's own log says why.")
	}
	spec := bot.NewSpec()
	spec.Command, spec.Dir, spec.Tags = []string{"/bin/sh", path}, filepath.Dir(path), []string{"example"}
	spec.Stop.Timeout = 5 * time.Second
	name := func(n int) string {
		if n == 1 {
			return e.Name
		}
		return copyName(e.Name, n-1)
	}
	return s.createNamed(ctx, by, spec, name, "Added the example "+e.Name)
}

// writeExample puts the script where it can be run from, and answers its absolute path. Bots of
// the same example share it.
func (s *Service) writeExample(key string) (string, error) {
	script, err := fs.ReadFile(bots.Examples, "examples/"+key+".sh")
	if err != nil {
		return "", fmt.Errorf("find the example %s: %w", key, err)
	}
	dir, err := filepath.Abs(filepath.Join(s.dataDir, "examples"))
	if err != nil {
		return "", fmt.Errorf("find the data directory: %w", err)
	}
	path := filepath.Join(dir, key+".sh")
	// What a person made of it stays.
	if old, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(old)) != "" {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the directory of examples: %w", err)
	}
	if err := os.WriteFile(path, script, 0o700); err != nil {
		return "", fmt.Errorf("write an example: %w", err)
	}
	return path, nil
}
