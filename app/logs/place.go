package logs

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/botswain/botswain/app/bot"
)

// Found is a line of the logs of all bots.
type Found struct {
	Bot bot.ID
	Line
}

// Place is a line's place: in its bot's log by Seq alone, in the logs of all bots by time, then bot,
// then Seq.
type Place struct {
	At  time.Time
	Bot bot.ID
	Seq int64
}

// Place is where a found line stands.
func (f *Found) Place() Place { return Place{f.At, f.Bot, f.Seq} }

// String writes the place in the logs of all bots, for an address.
func (p Place) String() string {
	return strconv.FormatInt(p.At.UnixMicro(), 10) + "." + p.Bot.String() + "." + strconv.FormatInt(p.Seq, 10)
}

// ParsePlace reads what String wrote.
func ParsePlace(s string) (Place, bool) {
	part := strings.SplitN(s, ".", 3)
	if len(part) != 3 {
		return Place{}, false
	}
	at, err1 := strconv.ParseInt(part[0], 10, 64)
	id, err2 := uuid.Parse(part[1])
	seq, err3 := strconv.ParseInt(part[2], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return Place{}, false
	}
	return Place{time.UnixMicro(at).UTC(), id, seq}, true
}

// Compare orders places in the logs of all bots.
func (p Place) Compare(o Place) int {
	if c := p.At.Compare(o.At); c != 0 {
		return c
	}
	if c := strings.Compare(string(p.Bot[:]), string(o.Bot[:])); c != 0 {
		return c
	}
	switch {
	case p.Seq < o.Seq:
		return -1
	case p.Seq > o.Seq:
		return 1
	}
	return 0
}
