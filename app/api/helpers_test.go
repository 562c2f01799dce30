package api_test

import (
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/api"
	"github.com/botswain/botswain/app/bot"
)

// parseID takes the id out of a bot's path.
func parseID(path string) (bot.ID, error) { return uuid.Parse(path[strings.LastIndex(path, "/")+1:]) }

func mkdir(dir string) error { return os.MkdirAll(dir, 0o700) }

func baseContext(t *testing.T) func(net.Listener) context.Context {
	return func(net.Listener) context.Context { return api.FromSocket(t.Context()) }
}

func dialer(dir string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return api.Dial(ctx, dir) }
}

// staleSocket leaves a socket file that nobody listens on.
func staleSocket(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	l, err := api.Listen(context.Background(), dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, api.SocketName)
	// Close removes the file, so it is moved away meanwhile.
	if err := os.Rename(path, path+".kept"); err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	return os.Rename(path+".kept", path)
}

func socketMode(t *testing.T, dir string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, api.SocketName))
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
