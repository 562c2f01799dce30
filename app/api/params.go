package api

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/fault"
)

// PathID is the {id} of a bot. (Exported, as what huma embeds must be.)
type PathID struct {
	ID string `path:"id" doc:"The bot's id, a UUID." example:"0198c5a2-7c1e-7b52-9d6e-3f1f0d6f8a11"`
}

// bot reads the id. What isn't a UUID is no bot's id, so it is answered like an unknown one.
func (p PathID) bot() (bot.ID, error) {
	id, err := uuid.Parse(p.ID)
	if err != nil || len(p.ID) != 36 {
		return bot.ID{}, fault.New(fault.NotFound, "There is no bot with this id.")
	}
	return id, nil
}

// optional is a parameter for which "not given" differs from zero.
type optional[T any] struct {
	Value T
	set   bool
}

// Schema implements huma.SchemaProvider: in the document it is a plain T.
func (o optional[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver implements huma.ParamWrapper.
func (o *optional[T]) Receiver() reflect.Value { return reflect.ValueOf(&o.Value).Elem() }

// OnParamSet implements huma.ParamReactor.
func (o *optional[T]) OnParamSet(isSet bool, _ any) { o.set = isSet }

// pointer is nil when the parameter wasn't given.
func (o optional[T]) pointer() *T {
	if !o.set {
		return nil
	}
	return &o.Value
}

// clamp is n, or def when n is below 1, or most when it is above.
func clamp(n, def, most int) int {
	if n < 1 {
		return def
	}
	return min(n, most)
}

// etag and ifMatch carry a definition's version as HTTP wants it.
func etag(version int) string { return strconv.Quote(strconv.Itoa(version)) }

// ifMatch reads If-Match: 0 when there is none or any will do.
func ifMatch(header string) (int, error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(header, "W/"), `"`))
	if err != nil || n < 1 {
		return 0, newProblem(412, "If-Match must be the ETag of a bot, as it was read.")
	}
	return n, nil
}
