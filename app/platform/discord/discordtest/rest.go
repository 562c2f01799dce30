package discordtest

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// obj is a JSON object.
type obj = map[string]any

// call is one request to the REST API.
type call struct {
	*http.Request
	bot  *Bot // whose token it has; nil where none is needed
	body obj  // nil when there was none
	list []any
}

// reply is the answer to one: a status, and a body unless that is nil.
type reply struct {
	status int
	body   any
}

func ok(body any) reply { return reply{http.StatusOK, body} }

func notFound(code int, words string) reply { return reply{http.StatusNotFound, wrong(code, words)} }

// routes are the calls that exist. Where a token is needed it's a bot's; the two kinds for
// interactions carry a token in the path instead.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	open := map[string]func(*Server, call) reply{
		"GET /gateway": getGateway,
		"POST /interactions/{interaction}/{token}/callback": postCallback,
		"GET /webhooks/{app}/{token}/messages/@original":    getOriginal,
		"PATCH /webhooks/{app}/{token}/messages/@original":  patchOriginal,
		"POST /webhooks/{app}/{token}":                      postFollowup,
	}
	bots := map[string]func(*Server, call) reply{
		"GET /gateway/bot":                                 getGatewayBot,
		"GET /users/@me":                                   getMe,
		"GET /users/{user}":                                getUser,
		"GET /users/@me/guilds":                            getMyGuilds,
		"POST /users/@me/channels":                         postMyChannels,
		"GET /applications/@me":                            getApplication,
		"GET /oauth2/applications/@me":                     getApplication,
		"GET /applications/{app}/commands":                 getCommands,
		"PUT /applications/{app}/commands":                 putCommands,
		"POST /applications/{app}/commands":                postCommand,
		"DELETE /applications/{app}/commands/{command}":    deleteCommand,
		"GET /applications/{app}/guilds/{guild}/commands":  getCommands,
		"PUT /applications/{app}/guilds/{guild}/commands":  putCommands,
		"POST /applications/{app}/guilds/{guild}/commands": postCommand,
		"GET /guilds/{guild}":                              getGuild,
		"GET /guilds/{guild}/channels":                     getGuildChannels,
		"GET /guilds/{guild}/members":                      getMembers,
		"GET /guilds/{guild}/members/{user}":               getMember,
		"GET /channels/{channel}":                          getChannel,
		"POST /channels/{channel}/messages":                postMessage,
		"POST /channels/{channel}/typing":                  postTyping,
		"PATCH /channels/{channel}/messages/{message}":     patchMessage,
		"GET /channels/{channel}/messages/{message}":       getMessage,
	}
	for pattern, f := range open {
		mux.HandleFunc(pattern, s.answer(pattern, false, f))
	}
	for pattern, f := range bots {
		mux.HandleFunc(pattern, s.answer(pattern, true, f))
	}
	mux.HandleFunc("/", s.miss)
	return mux
}

// answer counts a call, plays its fault, checks its token, reads its body and writes its reply.
func (s *Server) answer(pattern string, token bool, f func(*Server, call) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.board.Do(func() { s.asked[pattern]++ })
		if s.Faults.Play(w, r, pattern, refuse) {
			return
		}
		c := call{Request: r}
		if token {
			given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bot ")
			s.board.Look(func() { c.bot = s.tokens[given] })
			if c.bot == nil {
				refuse(w, http.StatusUnauthorized, 0)
				return
			}
		}
		if err := c.read(); err != nil {
			write(w, http.StatusBadRequest, wrong(50109, "The request body contains invalid JSON."))
			return
		}
		h := w.Header()
		h.Set("X-RateLimit-Limit", "50")
		h.Set("X-RateLimit-Remaining", "49")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Unix()+1, 10))
		h.Set("X-RateLimit-Reset-After", "1")
		h.Set("X-RateLimit-Bucket", strings.Map(bucketName, pattern))
		re := f(s, c)
		write(w, re.status, re.body)
	}
}

func bucketName(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

// maxBody is more than anything here sends.
const maxBody = 1 << 20

// read reads a JSON body, also one in the payload_json part of a multipart form.
func (c *call) read() error {
	c.Body = http.MaxBytesReader(nil, c.Body, maxBody)
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	var text []byte
	if kind == "multipart/form-data" {
		text = []byte(c.FormValue("payload_json"))
	} else {
		var err error
		if text, err = io.ReadAll(c.Body); err != nil {
			return err
		}
	}
	if len(text) == 0 {
		return nil
	}
	if text[0] == '[' {
		return json.Unmarshal(text, &c.list)
	}
	return json.Unmarshal(text, &c.body)
}

// wrong is the body of an error. Codes are Discord's JSON error codes.
func wrong(code int, words string) obj { return obj{"message": words, "code": code} }

// invalid is the body for a field that can't be.
func invalid(field, code, words string) reply {
	body := wrong(50035, "Invalid Form Body")
	body["errors"] = obj{field: obj{"_errors": []obj{{"code": code, "message": words}}}}
	return reply{http.StatusBadRequest, body}
}

func write(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // all answers are plain values
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away is no matter
}

// refuse answers with a status in Discord's form; it is what faults are played with.
func refuse(w http.ResponseWriter, status int, after time.Duration) {
	if status != http.StatusTooManyRequests {
		write(w, status, wrong(0, fmt.Sprintf("%d: %s", status, http.StatusText(status))))
		return
	}
	if after <= 0 {
		after = time.Second
	}
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	h.Set("X-RateLimit-Limit", "50")
	h.Set("X-RateLimit-Remaining", "0")
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(after.Seconds(), 'f', 3, 64))
	h.Set("X-RateLimit-Scope", "user")
	write(w, status, obj{"message": "You are being rate limited.", "retry_after": after.Seconds(), "global": false})
}
