// Package hostpage draws the page of the machine that the bots run on: what it does now, and the history of
// all that is measured of it.
package hostpage

import "github.com/botswain/botswain/views/charts"

// Ids of the parts that live updates replace.
const (
	NowID    = "host-now"
	ChartsID = "host-charts"
	PartsID  = "host-parts"
)

// Page is the machine.
type Page struct {
	Name   string
	Facts  []Fact
	Charts charts.Set
	Newest charts.Newest
}

// Fact is a figure of now; Missing says why there is none.
type Fact struct {
	Label, Value, Missing string
}
