package logview

import (
	"strconv"

	"github.com/botswain/botswain/views/i18n"
)

func levelKey(level string) i18n.Key {
	switch level {
	case "error":
		return "log.level-error"
	case "warn":
		return "log.level-warn"
	case "info":
		return "log.level-info"
	case "debug":
		return "log.level-debug"
	}
	return "log.level-none"
}

// choice is a value with the words for it.
type choice struct {
	value string
	words i18n.Key
}

func sinceChoices() []choice {
	return []choice{{"", "log.since-any"}, {"15m", "log.since-15-min"}, {"1h", "log.since-hour"}, {"24h", "log.since-day"}, {"168h", "log.since-week"}}
}

func streamChoices() []choice {
	return []choice{{"", "log.stream-all"}, {"stdout", "log.stream-stdout"}, {"stderr", "log.stream-stderr"}, {"system", "log.stream-system"}}
}

type download struct {
	words i18n.Key
	pairs []string
}

func downloads() []download {
	return []download{
		{"log.as-text", []string{"format", "text"}},
		{"log.as-text-gz", []string{"format", "text", "gz", "1"}},
		{"log.as-ndjson", []string{"format", "ndjson"}},
		{"log.as-ndjson-gz", []string{"format", "ndjson", "gz", "1"}},
	}
}

// keys are the keys of static/src/js/log.js: what is printed on them, and what they do.
func keys() [][2]i18n.Key {
	return [][2]i18n.Key{
		{"log.key-slash", "log.do-search"}, {"log.key-esc", "log.do-esc"}, {"log.key-n", "log.do-next"}, {"log.key-p", "log.do-previous"},
		{"log.key-f", "log.do-follow"}, {"log.key-end", "log.do-newest"}, {"log.key-w", "log.do-wrap"}, {"log.key-t", "log.do-times"},
		{"log.key-j", "log.do-below"}, {"log.key-k", "log.do-above"}, {"log.key-shift-j", "log.do-more-below"}, {"log.key-shift-k", "log.do-more-above"},
		{"log.key-c", "log.do-copy"}, {"log.key-l", "log.do-link"}, {"log.key-x", "log.do-around"}, {"log.key-e", "log.do-unfold"}, {"log.key-o", "log.do-open"},
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
