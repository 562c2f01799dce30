package telegramtest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
)

const maxBody = 1 << 20 // nothing that bots here send is longer

// args are the parameters of a call. Values that aren't strings are their JSON.
type args map[string]string

// readArgs reads parameters from wherever the Bot API takes them: the query, a form, a multipart
// form, or a JSON body.
func readArgs(r *http.Request) (args, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
	a := args{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		var body map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return nil, errors.New("can't parse JSON object")
		}
		for k, v := range body {
			var text string
			if json.Unmarshal(v, &text) != nil {
				text = string(v)
			}
			a[k] = text
		}
	case "multipart/form-data":
		// A form without parts is one without parameters; Go takes it for a broken one.
		if err := r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, io.EOF) {
			return nil, errors.New("can't parse multipart form")
		}
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
	}
	if err := r.ParseForm(); err != nil {
		return nil, errors.New("can't parse form")
	}
	for k, v := range r.Form {
		a[k] = v[0]
	}
	return a, nil
}

// number is an integer between least and most; what isn't one is fallback.
func (a args) number(name string, fallback, least, most int64) int64 {
	n, err := strconv.ParseInt(a[name], 10, 64)
	if err != nil {
		n = fallback
	}
	return min(max(n, least), most)
}

func (a args) yes(name string) bool {
	v := a[name]
	return v == "true" || v == "True" || v == "1" || v == "yes"
}
