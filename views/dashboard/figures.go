package dashboard

import (
	"github.com/botswain/botswain/views/icon"
	"github.com/botswain/botswain/views/ui"
)

// Ids of the parts that show what bots report.
const (
	FiguresID       = "figures"
	ActivityID      = "activity"
	ActivityTableID = "activity-table"
)

// Figures is what all bots report together.
type Figures struct {
	// Tiles are the figures; without reports only those that a platform knows.
	Tiles []Tile
	// Hint offers to explain how a bot reports, because none does.
	Hint bool
	Away string // why nothing can be shown
	// Activity is what was reported in the last hours; nil: nothing.
	Activity *ui.HoursProps
	// Zone is the zone that days and hours are counted by: "UTC+1".
	Zone string
}

// Tile is one figure.
type Tile struct {
	Name  string // stable: "users"
	Icon  icon.Name
	Label string
	Value string // "": not available
	Unit  string
	Sub   string // how many bots it is from
	Title string // in full, or why it isn't available
	// Hours are the last hours, oldest first, NaN where nothing is known; nil: there is no line. Class
	// is its colour.
	Hours []float64
	Class string
}

// hintSpan is how much of the row the hint takes: what the tiles leave.
func (f Figures) hintSpan() string {
	switch len(f.Tiles) {
	case 0:
		return "col-span-2 xl:col-span-5"
	case 1:
		return "col-span-2 md:col-span-1 xl:col-span-4"
	}
	return "col-span-2 md:col-span-3 xl:col-span-3"
}
