package discordtest

import (
	"image/color"
	"net/http"
	"strings"

	"github.com/botswain/botswain/app/platform/platformtest"
)

// serveCDN answers avatars/{user}/{hash}.png and embed/avatars/{n}.png.
func (s *Server) serveCDN(w http.ResponseWriter, r *http.Request, path string) {
	s.board.Do(func() { s.asked["cdn"]++ })
	if s.Faults.Play(w, r, "cdn", refuse) {
		return
	}
	var data []byte
	if strings.HasPrefix(path, "embed/avatars/") {
		data = platformtest.PNG(64, color.RGBA{88, 101, 242, 255})
	}
	s.board.Look(func() {
		for _, b := range s.bots {
			if b.avatar != "" && path == "avatars/"+b.ID+"/"+b.avatar+".png" {
				data = b.app.Avatar
			}
		}
	})
	if data == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(data) // a client that went away is no matter
}
