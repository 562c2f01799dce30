package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/logs"
	"github.com/botswain/botswain/app/sse"
)

const (
	// streamPage is how many lines a stream reads at once.
	streamPage = 1000
	// streamBatch is how many of them are encoded before they are sent.
	streamBatch = 100
	// streamRetry is the wait before storage that is away is asked again.
	streamRetry = time.Second
	// streamLook is how often storage is asked without a poke, in case one got lost.
	streamLook = 15 * time.Second
)

type streamInput struct {
	PathID
	AfterSeq optional[int64] `query:"after_seq" minimum:"0" doc:"Begin after this line; 0 begins with the oldest. Without it: only lines that are new."`
	// LastEventID is a string: what isn't a number is no reason to refuse a browser.
	LastEventID string `header:"Last-Event-ID" doc:"As browsers send it when they reconnect; goes before after_seq."`
	LogFilter
}

func (a *API) registerLogStream() {
	op := operation(http.MethodGet, "/bots/{id}/logs/stream", "stream-logs", tagLogs, "Follow a bot's log",
		"Server-sent events: one for each line, with its seq as id and the line (as in Read a bot's log) as data. "+
			"A client that reconnects with Last-Event-ID misses nothing and gets nothing twice; "+
			"where the seq jumps, lines were too old to be kept. "+
			"Comments come as heartbeats every 15 seconds. The stream ends when the token does, or when the bot is deleted.",
		http.StatusNotFound)
	op.Responses = a.eventStream(map[string]any{"": Line{}}, "id: 42\ndata: {\"seq\":42,\"ts\":\"2026-11-22T10:00:00Z\",\"run_id\":\"0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a12\",\"stream\":\"stdout\",\"level\":\"info\",\"message\":\"INFO ready\",\"head_seq\":42,\"truncated\":false}\n\n")
	register(a, op, func(ctx context.Context, in *streamInput) (*huma.StreamResponse, error) {
		v, err := a.find(ctx, in.PathID)
		if err != nil {
			return nil, err
		}
		pick, err := in.query(v.ID).Filter().Compile()
		if err != nil {
			return nil, err
		}
		return a.stream(func(r *http.Request) sse.Stream {
			after, given := sse.LastEventID(r)
			if !given {
				after = a.Logs.LastSeq(v.ID)
			}
			return sse.Stream{Cursor: after, Pump: func(ctx context.Context, c *sse.Conn) error {
				return a.pumpLines(ctx, c, v.ID, after, pick)
			}}
		}), nil
	})
}

// eventStream documents an answer of server-sent events; data maps their names to what they carry.
func (a *API) eventStream(data map[string]any, example string) map[string]*huma.Response {
	text := &huma.Schema{Type: huma.TypeString}
	kinds := []*huma.Schema{}
	for _, name := range slices.Sorted(maps.Keys(data)) {
		kind := &huma.Schema{Type: huma.TypeObject, Required: []string{"data"}, Properties: map[string]*huma.Schema{
			"id":   text,
			"data": a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(data[name]), true, ""),
		}}
		if name != "" {
			kind.Properties["event"] = &huma.Schema{Type: huma.TypeString, Enum: []any{name}}
			kind.Required = append(kind.Required, "event")
		}
		kinds = append(kinds, kind)
	}
	return map[string]*huma.Response{"200": {
		Description: "A stream that stays open.",
		Content: map[string]*huma.MediaType{"text/event-stream": {
			Schema:  &huma.Schema{Type: huma.TypeArray, Description: "Server-sent events, as they come.", Items: &huma.Schema{OneOf: kinds}},
			Example: example,
		}},
	}}
}

// stream answers with server-sent events for the caller, until its token ends.
func (a *API) stream(open func(*http.Request) sse.Stream) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		c := humaecho.Unwrap(ctx)
		who, _ := ctx.Context().Value(callerKey).(caller)
		st := open(c.Request())
		st.User, st.Alive = "api:"+string(who.actor), a.stillKnown(who)
		if err := a.Streams.Serve(c.Response(), c.Request(), st); err != nil {
			a.answer(c.Response(), c.Request(), err)
		}
	}}
}

// pumpLines sends each stored line after seq after that is picked, once and in order, for as long as ctx lives.
func (a *API) pumpLines(ctx context.Context, c *sse.Conn, id bot.ID, after int64, pick *logs.Matcher) error {
	topic := event.Topic{Kind: event.TopicLogs, Bot: id}
	sub := a.Hub.Subscribe(func(t event.Topic) bool { return t == topic || t.Kind == event.TopicCrew })
	defer sub.Close()
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sub.C():
			sub.Take()
		case <-look.C:
		}
		if _, err := a.Crew.Get(ctx, id); fault.CodeOf(err) == fault.NotFound {
			return nil // deleted
		}
		next, err := a.sendLines(ctx, c, id, after, pick)
		after = next
		look.Reset(streamLook)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			a.Log.WarnContext(ctx, "api: log stream can't read on yet", "bot", id, "error", err)
			look.Reset(streamRetry)
		}
	}
}

// sendLines sends what is stored after seq after and says how far it came.
func (a *API) sendLines(ctx context.Context, c *sse.Conn, id bot.ID, after int64, pick *logs.Matcher) (int64, error) {
	for {
		lines, ok := a.Logs.Recent(id, after, streamPage)
		if !ok {
			page, err := a.Logs.Page(ctx, logs.Query{Bot: id, AfterSeq: &after, Limit: streamPage})
			if err != nil {
				return after, fmt.Errorf("read the log: %w", err)
			}
			lines = page.Lines
		}
		if len(lines) == 0 {
			return after, nil
		}
		for some := range slices.Chunk(lines, streamBatch) {
			events := make([]sse.Event, 0, len(some))
			for _, l := range some {
				if !pick.Match(&l) {
					continue
				}
				data, err := encode(toLine(l))
				if err != nil {
					return after, err
				}
				events = append(events, sse.Event{ID: l.Seq, Data: data})
			}
			if len(events) > 0 {
				if err := c.SendAll(events); err != nil {
					return after, err
				}
			}
			after = some[len(some)-1].Seq
		}
	}
}

// encode is JSON on one line without HTML's escapes.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode an event: %w", err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
