package logview

import "strconv"

func levelWord(level string) string {
	switch level {
	case "error":
		return "Error"
	case "warn":
		return "Warn"
	case "info":
		return "Info"
	case "debug":
		return "Debug"
	}
	return "No level"
}

// The choices are pairs of value and words.

func sinceChoices() [][2]string {
	return [][2]string{{"", "Any time"}, {"15m", "Last 15 min"}, {"1h", "Last hour"}, {"24h", "Last 24 hours"}, {"168h", "Last 7 days"}}
}

func streamChoices() [][2]string {
	return [][2]string{{"", "All streams"}, {"stdout", "Standard output"}, {"stderr", "Standard error"}, {"system", "Botswain's own lines"}}
}

type download struct {
	words string
	pairs []string
}

func downloads() []download {
	return []download{
		{"Text", []string{"format", "text"}},
		{"Text, compressed (.gz)", []string{"format", "text", "gz", "1"}},
		{"NDJSON", []string{"format", "ndjson"}},
		{"NDJSON, compressed (.gz)", []string{"format", "ndjson", "gz", "1"}},
	}
}

// keys are the keys of static/src/js/log.js.
func keys() [][2]string {
	return [][2]string{
		{"/", "Search"}, {"Esc", "From the search back to the lines; lets go of chosen lines"},
		{"N", "Next match"}, {"P", "Previous match"},
		{"F", "Follow or pause"}, {"End", "Newest lines"}, {"W", "Wrap lines"}, {"T", "Show times"},
		{"J", "Line below"}, {"K", "Line above"}, {"Shift J", "Choose more lines below"}, {"Shift K", "Choose more lines above"},
		{"C", "Copy the chosen lines"}, {"L", "Copy a link to the line"}, {"X", "Show what is around the line"},
		{"E", "Unfold or fold a stack trace"}, {"O", "Open the links of the line"},
	}
}

// unlisted says whether the chosen run is none of the listed ones.
func (v Viewer) unlisted() bool {
	if v.Query.Run == "" {
		return false
	}
	for _, r := range v.Runs {
		if strconv.Itoa(r.Number) == v.Query.Run {
			return false
		}
	}
	return true
}
