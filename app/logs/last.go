package logs

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/botswain/botswain/app/bot"
)

// lastBytes is how much of the end of a spool file LastLines looks at.
const lastBytes = 32 << 10

// LastLines gives up to n lines of each stream of a run that has ended, oldest first. It waits for
// nobody: what the log path hasn't come to yet is read from the spool, what it has is in memory. So a
// line at the seam may be there twice. Lines from the spool are as the bot printed them, not redacted:
// they are for recognising, not for showing. What was neither in the spool nor in memory any more is left out.
func (s *Service) LastLines(id bot.ID, run bot.RunID, n int) (stdout, stderr []string) {
	dir := filepath.Join(s.opt.SpoolRoot, id.String(), run.String())
	// The files first: what leaves them meanwhile is in memory by then.
	out, err := spoolEnd(dir, Stdout), spoolEnd(dir, Stderr)
	if len(out) < n || len(err) < n {
		for _, l := range s.recent.lastOf(id, run, 2*n) {
			switch l.Stream {
			case Stdout:
				stdout = append(stdout, l.Message)
			case Stderr:
				stderr = append(stderr, l.Message)
			}
		}
	}
	return lastN(joinSeam(stdout, out), n), lastN(joinSeam(stderr, err), n)
}

// joinSeam puts what was read from the file behind what is in memory, without what both have.
func joinSeam(memory, file []string) []string {
	for k := min(len(memory), len(file)); k > 0; k-- {
		if slices.Equal(memory[len(memory)-k:], file[:k]) {
			return append(memory, file[k:]...)
		}
	}
	return append(memory, file...)
}

func lastN(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// spoolEnd is what is left at the end of a spool file, in lines; a file that can't be read has none.
func spoolEnd(dir string, kind Stream) []string {
	f, err := os.Open(filepath.Join(dir, fileName(kind)))
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-lastBytes)
	text, _ := io.ReadAll(io.NewSectionReader(f, from, lastBytes))
	// What was stored already is a hole, and reads as zeros.
	if i := bytes.LastIndexByte(text, 0); i >= 0 {
		text = text[i+1:]
	} else if from > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	if len(text) == 0 {
		return nil
	}
	var lines []string
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		lines = append(lines, string(bytes.ToValidUTF8(bytes.TrimSuffix(line, []byte("\r")), []byte("\uFFFD"))))
	}
	return lines
}

// lastOf gives the newest lines of one run that are in memory, oldest first, at most n.
func (r *recent) lastOf(id bot.ID, run bot.RunID, n int) []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.rings[id]
	if g == nil {
		return nil
	}
	var lines []Line
	for i := len(g.blocks) - 1; i >= 0 && len(lines) < n; i-- {
		for j := len(g.blocks[i]) - 1; j >= 0 && len(lines) < n; j-- {
			if l := g.blocks[i][j]; l.Run == run && l.Stream != System {
				lines = append(lines, l)
			}
		}
	}
	slices.Reverse(lines)
	return lines
}
