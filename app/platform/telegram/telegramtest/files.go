package telegramtest

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
)

// file is something that a bot may download.
type file struct {
	path string
	data []byte
	of   int64 // whose profile photo it is
	side int64 // of the picture, in pixels
}

// addPhoto gives a user or bot a profile photo. It's called with the lock held.
func (s *Server) addPhoto(of int64, jpeg []byte) {
	id := fmt.Sprintf("AgACAgIAAxUAAW%016xP", of)
	s.files[id] = file{path: fmt.Sprintf("photos/file_%d.jpg", len(s.files)), data: jpeg, of: of, side: 160}
}

func getUserProfilePhotos(b *Bot, _ context.Context, a args) any {
	user := a.number("user_id", 0, 0, math.MaxInt64)
	offset, limit := a.number("offset", 0, 0, math.MaxInt32), a.number("limit", 100, 1, 100)
	if user == 0 {
		return failure{code: 400, words: "Bad Request: invalid user_id specified"}
	}
	photos, total := [][]map[string]any{}, int64(0)
	b.s.board.Look(func() {
		for id, f := range b.s.files {
			if f.of != user {
				continue
			}
			if total++; total > offset && int64(len(photos)) < limit {
				size := f.json(id)
				size["width"], size["height"] = f.side, f.side
				delete(size, "file_path")
				photos = append(photos, []map[string]any{size})
			}
		}
	})
	return map[string]any{"total_count": total, "photos": photos}
}

func getFile(b *Bot, _ context.Context, a args) any {
	var out any = failure{code: 400, words: "Bad Request: invalid file_id"}
	b.s.board.Look(func() {
		if f, ok := b.s.files[a["file_id"]]; ok {
			out = f.json(a["file_id"])
		}
	})
	return out
}

func (f file) json(id string) map[string]any {
	return map[string]any{
		"file_id": id, "file_unique_id": "AQAD" + id[len(id)-12:], "file_size": len(f.data), "file_path": f.path,
	}
}

// serveFile answers /file/bot<token>/<path>.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, rest string) {
	s.board.Do(func() { s.asked["file"]++ })
	if s.Faults.Play(w, r, "file", refuse) {
		return
	}
	token, path, _ := strings.Cut(rest, "/")
	known, data := false, []byte(nil)
	s.board.Look(func() {
		known = s.tokens[token] != nil
		for _, f := range s.files {
			if f.path == path {
				data = f.data
			}
		}
	})
	switch {
	case !known:
		refuse(w, http.StatusUnauthorized, 0)
	case data == nil:
		refuse(w, http.StatusNotFound, 0)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(data) // a client that went away is no matter
	}
}
