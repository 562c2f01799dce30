package telegram

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/botswain/botswain/app/platform"
)

// size is one size of a photo (type "PhotoSize"). The unique id stays the same over time; the other
// is what getFile wants.
type size struct {
	FileID   string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Width    int    `json:"width"`
	Bytes    int64  `json:"file_size"`
}

// enough is the width in pixels that the largest avatar on a page needs, on a fine screen.
const enough = 160

// Picture asks getUserProfilePhotos, getFile and then for the file itself; see platform.Client.
func (c *Client) Picture(ctx context.Context, token string, who platform.Identity, have func(string) bool) (platform.Picture, error) {
	var photos struct {
		Photos [][]size `json:"photos"`
	}
	if err := c.call(ctx, token, "getUserProfilePhotos", url.Values{"user_id": {who.ID}, "limit": {"1"}}, &photos); err != nil {
		return platform.Picture{}, err
	}
	if len(photos.Photos) == 0 || len(photos.Photos[0]) == 0 {
		return platform.Picture{}, nil
	}
	s := choose(photos.Photos[0])
	if s.UniqueID == "" || have(s.UniqueID) {
		return platform.Picture{Ref: s.UniqueID}, nil
	}
	var file struct {
		Path string `json:"file_path"`
	}
	if err := c.call(ctx, token, "getFile", url.Values{"file_id": {s.FileID}}, &file); err != nil {
		return platform.Picture{}, err
	}
	data, err := c.download(ctx, token, file.Path)
	return platform.Picture{Ref: s.UniqueID, Data: data}, err
}

// choose takes the smallest size that is large enough, or the largest.
func choose(sizes []size) size {
	best := sizes[0]
	for _, s := range sizes[1:] {
		if best.Width < enough && s.Width > best.Width || s.Width >= enough && s.Width < best.Width {
			best = s
		}
	}
	return best
}

// download gets a file by its path, relative to /file/bot<token>/ ("getFile"). A Bot API server of
// one's own in local mode answers with a path on its disk instead: those pictures aren't fetched.
func (c *Client) download(ctx context.Context, token, file string) ([]byte, error) {
	odd := &platform.Failure{Kind: platform.Unreachable, Message: "Telegram has no address for the picture."}
	if file == "" || strings.HasPrefix(file, "/") || path.Clean(file) != file || strings.HasPrefix(file, "..") {
		return nil, odd
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/file/bot"+token+"/"+(&url.URL{Path: file}).EscapedPath(), nil)
	if err != nil {
		return nil, odd
	}
	reply, err := platform.Fetch(c.http, platform.Telegram, r, token, platform.MaxPicture)
	if err != nil {
		return nil, err
	}
	switch reply.Status {
	case http.StatusOK:
		return reply.Body, nil
	case http.StatusTooManyRequests:
		return nil, platform.LimitedBy(platform.Telegram, reply, 0)
	}
	return nil, platform.Odd(platform.Telegram, reply)
}
