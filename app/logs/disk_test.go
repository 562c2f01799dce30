package logs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mount gives a folder on a file system of its own, of so many bytes.
func mount(t *testing.T, size int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skip("can't mount a tmpfs here:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestDiskFull: what a bot can't print any more is its own loss; what it could is stored, which
// makes room, and everything goes on.
func TestDiskFull(t *testing.T) {
	r := newRig(t)
	r.root = mount(t, 8<<20)
	id := r.bot()
	run, dir := r.folder(id)
	f, err := os.OpenFile(filepath.Join(dir, "stdout"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written := 0
	line := strings.Repeat("x", 999) + "\n"
	for {
		n, err := f.WriteString(line)
		written += n
		if errors.Is(err, unix.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r.start(r.url)
	r.svc.Follow(id, run, dir)
	whole := int64(written / len(line))
	r.waitSeq(id, whole)
	var fs unix.Statfs_t
	r.wait("room on the disk", func() bool { return unix.Statfs(r.root, &fs) == nil && fs.Bavail > fs.Blocks/2 })
	if _, err := f.WriteString("\nand on\n"); err != nil {
		t.Fatal(err)
	}
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
	got := r.texts(id)
	if got[len(got)-1] != "and on" || int64(len(got)) < whole+1 {
		t.Errorf("%d lines, want %d; the last is %.50q", len(got), whole+1, got[len(got)-1])
	}
}

// TestReadOnlySpool: what is on a disk that went read-only is stored all the same.
func TestReadOnlySpool(t *testing.T) {
	r := newRig(t)
	r.root = mount(t, 8<<20)
	id := r.bot()
	run, dir := r.folder(id)
	r.print(dir, "stdout", "one\ntwo\n")
	if err := unix.Mount("tmpfs", r.root, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip("can't remount here:", err)
	}
	r.start(r.url)
	r.svc.Follow(id, run, dir)
	r.waitSeq(id, 2)
	if err := unix.Mount("tmpfs", r.root, "", unix.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	r.print(dir, "stdout", "three\n")
	r.waitSeq(id, 3)
	r.svc.Finish(run)
	r.waitGone(dir)
	r.stopClean()
}

// TestDiskThatWasReadOnly: what can't be given back meanwhile is given back later, by this life: space
// in files that are read, and the folders of runs that ended.
func TestDiskThatWasReadOnly(t *testing.T) {
	r := newRig(t)
	r.root = mount(t, 32<<20)
	over, on := r.bot(), r.bot()
	ended, endedDir := r.folder(over)
	going, goingDir := r.folder(on)
	r.print(endedDir, "stdout", "one\n")
	line := strings.Repeat("x", 999) + "\n"
	const lines = 2 * punchStep / 1000
	for range lines {
		r.print(goingDir, "stdout", line)
	}
	remount := func(flags uintptr) {
		t.Helper()
		if err := unix.Mount("tmpfs", r.root, "", unix.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(unix.MS_RDONLY)
	r.start(r.url)
	r.svc.Follow(over, ended, endedDir)
	r.svc.Follow(on, going, goingDir)
	r.svc.Finish(ended)
	r.waitSeq(over, 1)
	r.waitSeq(on, lines)
	if _, err := os.Stat(endedDir); err != nil {
		t.Fatal(err)
	}
	remount(0)
	r.waitGone(endedDir)
	r.print(goingDir, "stdout", "and on\n")
	r.waitSeq(on, lines+1)
	r.wait("space to be given back", func() bool {
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(goingDir, "stdout"), &st); err != nil {
			t.Fatal(err)
		}
		return st.Blocks*512 < punchStep
	})
	r.svc.Finish(going)
	r.waitGone(goingDir)
	r.stopClean()
}

// TestForgottenLater: a bot that is deleted while the disk is read-only leaves nothing behind either.
func TestForgottenLater(t *testing.T) {
	r := newRig(t)
	r.root = mount(t, 8<<20)
	r.start(r.url)
	id := r.bot()
	run, dir := r.folder(id)
	r.svc.Follow(id, run, dir)
	r.print(dir, "stdout", "one\n")
	r.waitSeq(id, 1)
	if err := unix.Mount(r.root, r.root, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", r.root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.svc.Forget(t.Context(), id); err == nil {
		t.Error("a bot is forgotten, and its spool can't be removed")
	}
	if err := unix.Unmount(r.root, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	r.waitGone(filepath.Dir(dir))
	r.wait("its rows to go", func() bool {
		var rows int
		err := r.pool.QueryRow(t.Context(), `select (select count(*) from log_heads where bot_id=$1) + (select count(*) from log_lines where bot_id=$1)
			+ (select count(*) from spool_offsets where bot_id=$1)`, id).Scan(&rows)
		return err == nil && rows == 0
	})
	r.stopClean()
}
