package charts

import (
	"context"
	"encoding/json"
	"time"

	"github.com/botswain/botswain/views/i18n"
)

// Newest is the newest sample.
type Newest struct {
	At time.Time
	// Values by the ids of charts; an unknown one isn't there.
	Values map[string]float64
	// Words are the same as they are shown beside the titles.
	Words map[string]string
}

func (n Newest) json() string {
	out, err := json.Marshal(map[string]any{"at": float64(n.At.UnixMilli()) / 1000, "values": n.Values, "words": n.Words})
	if err != nil { // values are finite
		return "{}"
	}
	return string(out)
}

// JSON is what charts.js gets.
func (s Set) JSON(ctx context.Context) any {
	type chart struct {
		Chart
		Sub   string `json:"sub"`
		Label string `json:"label"`
	}
	out := struct {
		Range  string  `json:"range"`
		Still  bool    `json:"still"`
		Away   string  `json:"away"`
		From   int64   `json:"from"`
		To     int64   `json:"to"`
		Charts []chart `json:"charts"`
		Marks  []Mark  `json:"marks"`
	}{Range: s.Range.Key, Still: s.Still, Away: i18n.Say(ctx, s.Away), From: s.From.Unix(), To: s.To.Unix(), Charts: []chart{}, Marks: s.Marks}
	for _, c := range s.Charts {
		if c.Missing == "" {
			out.Charts = append(out.Charts, chart{c, c.Sub(ctx), s.Label(ctx, c)})
		}
	}
	if out.Marks == nil {
		out.Marks = []Mark{}
	}
	return out
}

// Colours of lines, in their order.
func Colors() []string { return []string{"primary", "secondary", "info", "success", "warning"} }

func ink(color string) string {
	return map[string]string{
		"primary": "text-primary", "secondary": "text-secondary", "accent": "text-accent", "info": "text-info", "success": "text-success", "warning": "text-warning",
	}[color]
}

func swatch(color string) string {
	return map[string]string{
		"primary": "bg-primary", "secondary": "bg-secondary", "accent": "bg-accent", "info": "bg-info", "success": "bg-success", "warning": "bg-warning",
	}[color]
}

func markInk(kind string) string {
	switch kind {
	case "crash":
		return "text-error"
	case "deploy":
		return "text-info"
	}
	return "text-subtle"
}
