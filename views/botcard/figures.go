package botcard

import (
	"context"
	"math"
	"net/url"

	"github.com/a-h/templ"

	"github.com/botswain/botswain/views/ui"
)

// A card's spark lines stand for three minutes, in points of sparkGroup samples. A point is drawn when
// it is complete, so between two of them the lines stay as they are; each bot has its turn at another
// sample, so that not all change together.
const sparkGroup = 3

// sparkSteps is how many heights a point of a spark line has: what can be told apart at 32 px.
const sparkSteps = 30

// FiguresRev names what Figures draws: it changes when something that can be seen does.
func (b Bot) FiguresRev() string {
	if !b.Status.State.Alive() {
		return "off"
	}
	cpu, rss := b.cpuLine(), b.rssLine()
	rev := make([]byte, 0, len(cpu)+len(rss)+40)
	for _, line := range [][]float64{cpu, rss} {
		for _, v := range line {
			step := byte('?') // not known
			if !math.IsNaN(v) {
				step = '@' + byte(v) // 0 to sparkSteps
			}
			rev = append(rev, step)
		}
		rev = append(rev, ' ')
	}
	ctx := context.Background() // the figures change together in all languages
	return string(append(append(append(rev, b.cpu(ctx)...), ' '), b.memory(ctx)...))
}

func (b Bot) cpuSpark() templ.Component {
	return ui.Sparkline(ui.SparkProps{Values: b.cpuLine(), Top: sparkSteps, Class: "text-primary"})
}

func (b Bot) rssSpark() templ.Component {
	return ui.Sparkline(ui.SparkProps{Values: b.rssLine(), Top: sparkSteps, Class: "text-secondary"})
}

func (b Bot) cpuLine() []float64 { return b.line(b.Usage.CPUHistory, 5) }
func (b Bot) rssLine() []float64 { return b.line(b.Usage.RSSHistory, 0) }

// line is a history in steps of the height of a spark line; nothing of an earlier run when nothing
// runs now. The scale ends at top, or at the largest value when that is larger.
func (b Bot) line(history []float64, top float64) []float64 {
	if !b.Status.State.Alive() || len(history) == 0 {
		return nil
	}
	out := groups(history, sparkGroup, int((b.Usage.Revision+uint64(b.ID[15]))%sparkGroup))
	for _, v := range out {
		if !math.IsNaN(v) {
			top = math.Max(top, v)
		}
	}
	for i, v := range out {
		if !math.IsNaN(v) && top > 0 {
			out[i] = math.Round(math.Max(0, v) / top * sparkSteps)
		}
	}
	return out
}

// groups takes the largest of each size values, leaving out the newest few, which aren't a group yet;
// few is below size.
func groups(values []float64, size, few int) []float64 {
	var out []float64
	for to := len(values) - few; to > 0; to -= size {
		top := math.NaN()
		for _, v := range values[max(0, to-size):to] {
			if !math.IsNaN(v) && !(v <= top) {
				top = v
			}
		}
		out = append(out, top)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// tagURL is the dashboard with only the bots that have a tag.
func tagURL(tag string) string { return "/?" + url.Values{"tag": {tag}}.Encode() }
