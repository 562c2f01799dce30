package platform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // sizes of pictures are read
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// maxPixels bounds a picture's width and height, so that no browser has to unpack a giant.
const maxPixels = 4096

// Pictures keeps pictures of bots in a folder, one for each identity on a platform. A file is named
// PLATFORM-ID.VERSION; the version is a hash of the picture's name on the platform, so what is here
// is known without asking.
type Pictures struct {
	dir string

	mu       sync.Mutex
	versions map[string]string // by PLATFORM-ID
}

// OpenPictures reads what a folder holds; it is made when the first picture comes.
func OpenPictures(dir string) (*Pictures, error) {
	p := &Pictures{dir: dir, versions: map[string]string{}}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the folder of pictures: %w", err)
	}
	for _, f := range files {
		if who, version, ok := strings.Cut(f.Name(), "."); ok && len(version) == versionLength && f.Type().IsRegular() {
			p.versions[who] = version
		} else {
			_ = os.Remove(filepath.Join(dir, f.Name())) // half written
		}
	}
	return p, nil
}

// versionLength is the length of a version, in characters.
const versionLength = 16

func versionOf(ref string) string {
	sum := sha256.Sum256([]byte(ref))
	return hex.EncodeToString(sum[:])[:versionLength]
}

var plainID = regexp.MustCompile(`^[0-9]{1,32}$`)

// ownerOf names the pictures of an identity; "" for ids that no platform gives out.
func ownerOf(name Name, id string) string {
	if !plainID.MatchString(id) {
		return ""
	}
	return string(name) + "-" + id
}

// Version is that of the picture that is here; "": none is.
func (p *Pictures) Version(name Name, id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.versions[ownerOf(name, id)]
}

// Keep puts a picture in place of the one before. One without Ref only takes that away; one without
// Data changes nothing. What is no PNG, JPEG, GIF or WebP of sensible size is refused.
func (p *Pictures) Keep(name Name, id string, pic Picture) (changed bool, err error) {
	who := ownerOf(name, id)
	if who == "" || pic.Ref != "" && pic.Data == nil {
		return false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old, had := p.versions[who]
	if pic.Ref == "" {
		delete(p.versions, who)
		if had {
			_ = os.Remove(p.file(who, old))
		}
		return had, nil
	}
	if _, err := typeOf(pic.Data); err != nil {
		return false, err
	}
	version := versionOf(pic.Ref)
	if err := p.write(p.file(who, version), pic.Data); err != nil {
		return false, err
	}
	p.versions[who] = version
	if had && old != version {
		_ = os.Remove(p.file(who, old))
	}
	return true, nil
}

// Read gives a picture and its content type; fs.ErrNotExist when there is none.
func (p *Pictures) Read(name Name, id string) (data []byte, contentType, version string, err error) {
	who := ownerOf(name, id)
	version = p.Version(name, id)
	if version == "" {
		return nil, "", "", fs.ErrNotExist
	}
	if data, err = os.ReadFile(p.file(who, version)); err != nil {
		return nil, "", "", err
	}
	contentType, err = typeOf(data) // somebody may have put something else there
	return data, contentType, version, err
}

func (p *Pictures) file(who, version string) string {
	return filepath.Join(p.dir, who+"."+version)
}

// write leaves either the whole file or none.
func (p *Pictures) write(to string, data []byte) error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(p.dir, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// typeOf is a picture's content type by its bytes; what a server calls it doesn't count.
func typeOf(data []byte) (string, error) {
	kind := http.DetectContentType(data)
	switch {
	case len(data) > MaxPicture:
		return "", errors.New("the picture is too large")
	case kind == "image/webp":
		return kind, nil // its size can't be read here; the bytes are bounded
	case kind != "image/png" && kind != "image/jpeg" && kind != "image/gif":
		return "", fmt.Errorf("a picture can't be %s", kind)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("the picture can't be read: %w", err)
	}
	if c.Width > maxPixels || c.Height > maxPixels {
		return "", fmt.Errorf("the picture has %d×%d pixels", c.Width, c.Height)
	}
	return kind, nil
}

// prune removes the pictures of identities that aren't in keep.
func (p *Pictures) prune(keep map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for who, version := range p.versions {
		if !keep[who] {
			delete(p.versions, who)
			_ = os.Remove(p.file(who, version))
		}
	}
}
