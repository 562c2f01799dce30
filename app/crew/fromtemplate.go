package crew

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
	"github.com/botswain/botswain/bots"
)

// FromTemplate asks for a bot of one's own.
type FromTemplate struct {
	Key  string
	Name string
	// Dir is where the files are written; "": below "bots" in the data directory, by the name.
	Dir     string
	Secrets map[string]string // by the names of bot.SecretFields; empty ones are left out
}

// AddTemplate writes a template's files into a directory and adds a bot that runs them; it neither
// starts it nor installs what it needs. Wrong input is a fault.Invalid at "key", "name", "dir" or
// "secrets.NAME". A file that is there already is never written over: then nothing is written, and
// it says so at "dir".
func (s *Service) AddTemplate(ctx context.Context, by event.Actor, in FromTemplate) (View, error) {
	t, ok := s.Template(in.Key)
	if !ok {
		return View{}, at("key", "There is no such template.")
	}
	spec, err := s.templateSpec(t, in)
	if err != nil {
		return View{}, err
	}
	change := secret.Change{Set: map[string]string{}}
	wrong := map[string]string{}
	for _, x := range bot.SecretFields(t.Type) {
		value := strings.TrimSpace(in.Secrets[x.Name])
		switch {
		case value != "":
			change.Set[x.Name] = value
			if w := x.Check(value); w != "" {
				wrong[secret.Field(x.Name)] = w
			}
		case !x.Optional:
			wrong[secret.Field(x.Name)] = "The bot can't work without it."
		}
	}
	if err := also(also(spec.Validate(), change.Check()), fieldsFault(wrong)); err != nil {
		return View{}, err
	}
	if err := s.load(ctx); err != nil {
		return View{}, err
	}
	if s.taken(spec.Name) {
		return View{}, at("name", "Another bot has this name. Choose a different one.")
	}
	written, err := writeTemplate(t.Key, spec.Dir)
	if err != nil {
		return View{}, err
	}
	if err := s.propose(&spec); err != nil {
		written.undo()
		return View{}, err
	}
	v, err := s.CreateWith(ctx, by, spec, change)
	if err != nil && fault.CodeOf(err) == fault.Invalid {
		written.undo() // nothing was stored, for sure
	}
	return v, err
}

// templateSpec is the definition as far as it is known before the files are there.
func (s *Service) templateSpec(t Template, in FromTemplate) (bot.Spec, error) {
	spec := bot.NewSpec()
	spec.Name, spec.Type, spec.Dir = in.Name, t.Type, strings.TrimSpace(in.Dir)
	spec.Command = []string{"true"} // until propose has looked
	spec.Tags = []string{"example"}
	if spec.Dir == "" {
		dir, err := filepath.Abs(filepath.Join(s.dataDir, "bots", folderName(in.Name, t.Key)))
		if err != nil {
			return spec, fmt.Errorf("find the data directory: %w", err)
		}
		spec.Dir = dir
	}
	return spec.Normalize(), nil
}

// TemplateDir is where the files of a bot of that name are written when nothing else is said.
func (s *Service) TemplateDir(name, key string) string {
	return filepath.Join(s.dataDir, "bots", folderName(name, key))
}

// folderName makes a folder's name of a bot's.
func folderName(name, otherwise string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return otherwise
	}
	return cut(strings.Join(words, "-"), 60)
}

// propose takes the command from what is in the directory, as for any other bot.
func (s *Service) propose(spec *bot.Spec) error {
	p, err := s.Look(spec.Dir)
	if err != nil {
		return err
	}
	if p.Command == nil {
		return errors.New("a template's own directory has no command")
	}
	spec.Command = p.Command
	return nil
}

// written is what writeTemplate made.
type written struct{ files, dirs []string }

// undo removes it, without what others have put there meanwhile.
func (w written) undo() {
	for _, f := range w.files {
		os.Remove(f)
	}
	for i := len(w.dirs) - 1; i >= 0; i-- {
		os.Remove(w.dirs[i]) // only when it is empty
	}
}

// writeTemplate writes the files of a template into a directory, all or none.
func writeTemplate(key, dir string) (w written, err error) {
	files, err := bots.Files(key)
	if err != nil {
		return w, fmt.Errorf("read the template %s: %w", key, err)
	}
	defer func() {
		if err != nil {
			w.undo()
			err = writeFault(err)
		}
	}()
	for name, text := range files {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := w.mkdir(filepath.Dir(target)); err != nil {
			return w, err
		}
		// Exclusive: neither a file nor a link that is there is touched.
		f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return w, err
		}
		w.files = append(w.files, target)
		_, err = f.Write(text)
		if err := errors.Join(err, f.Close()); err != nil {
			return w, err
		}
	}
	return w, nil
}

// mkdir makes a directory with those above it, and notes those that it made.
func (w *written) mkdir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if up := filepath.Dir(dir); up != dir {
		if err := w.mkdir(up); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	} else if err == nil {
		w.dirs = append(w.dirs, dir)
	}
	return nil
}

// writeFault says at the field what a person can do.
func writeFault(err error) error {
	var p *fs.PathError
	name := ""
	if errors.As(err, &p) {
		name = path.Base(filepath.ToSlash(p.Path))
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return at("dir", "There is a "+name+" already, and nothing is written over. Choose an empty or a new directory.")
	case errors.Is(err, syscall.ENOTDIR):
		return at("dir", "A part of this path is a file. Choose another directory.")
	case errors.Is(err, fs.ErrPermission):
		return at("dir", "Botswain may not write there. Change the permissions, or choose another directory.")
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EINVAL):
		return at("dir", "No directory can be made there. Choose another one.")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return at("dir", "There is no room left on that disk. Make some, or choose another directory.")
	}
	return fault.Wrap(err, fault.Unavailable, "The files could not be written; Botswain's own log says why.")
}

func at(field, message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]string{field: message}}
}

func fieldsFault(wrong map[string]string) error {
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Invalid, Message: "Please correct: secrets.", Fields: wrong}
}
