// Package static holds the files that browsers load: built css, scripts, fonts and pictures. They
// are embedded, so the binary needs no folder beside it.
//
// Every address carries a hash of the content (?v=…): browsers may keep a file for ever and still
// get the new one with a new build.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"sync"
)

//go:embed css js fonts img manifest.webmanifest
var files embed.FS

// asset is one file, ready to be sent.
type asset struct {
	body    []byte
	gzipped []byte // nil where compression gains nothing (fonts)
	mime    string
	version string // hex, from the hash of body
}

// all reads every file once; the embedded files never change while the program runs.
var all = sync.OnceValue(func() map[string]asset { return load(files) })

// Path gives the address of a file, such as "css/app.css", with the hash of its content. A file that
// doesn't exist gets its plain address, which answers 404.
func Path(name string) string {
	if a, ok := all()[name]; ok {
		return "/static/" + name + "?v=" + a.version
	}
	return "/static/" + name
}

// Build is a hash over all files: another build of Botswain whose files differ has another one.
func Build() string { return build() }

var build = sync.OnceValue(func() string {
	sum := sha256.New()
	assets := all()
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		io.WriteString(sum, name+"="+assets[name].version+"\n")
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
})

// load reads the files; css last, since the addresses in it carry the hashes of the others.
func load(source fs.FS) map[string]asset {
	assets := map[string]asset{}
	var sheets []string
	_ = fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		mime := mimeType(name)
		switch {
		case err != nil || d.IsDir() || mime == "":
		case path.Ext(name) == ".css":
			sheets = append(sheets, name)
		default:
			assets[name] = newAsset(read(source, name), mime)
		}
		return nil
	})
	for _, name := range sheets {
		assets[name] = newAsset(withVersions(read(source, name), path.Dir(name), assets), mimeType(name))
	}
	return assets
}

func newAsset(body []byte, mime string) asset {
	sum := sha256.Sum256(body)
	a := asset{body: body, mime: mime, version: hex.EncodeToString(sum[:6])}
	if mime != "font/woff2" && mime != "image/png" {
		a.gzipped = compress(body)
	}
	return a
}

// withVersions adds ?v=… to each url() of a sheet that names one of our files.
func withVersions(css []byte, dir string, assets map[string]asset) []byte {
	urls := regexp.MustCompile(`url\((["']?)([^"')?#]+)(["']?)\)`)
	return urls.ReplaceAllFunc(css, func(match []byte) []byte {
		parts := urls.FindSubmatch(match)
		a, ok := assets[path.Join(dir, string(parts[2]))]
		if !ok {
			return match
		}
		return []byte("url(" + string(parts[1]) + string(parts[2]) + "?v=" + a.version + string(parts[3]) + ")")
	})
}

func read(source fs.FS, name string) []byte {
	body, err := fs.ReadFile(source, name)
	if err != nil {
		panic("static: an embedded file can't be read: " + name)
	}
	return body
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(body) // writing to memory can't fail
	_ = w.Close()
	return b.Bytes()
}

// mimeType gives the type of the files that are served; "" for the rest (licences, notes).
func mimeType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return ""
}
