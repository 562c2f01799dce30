package ui

import (
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/botswain/botswain/views/icon"
)

// gradient picks one of twelve by the hash of a name.
func gradient(name string) string {
	all := [12]string{
		"from-amber-400 to-orange-600", "from-violet-400 to-indigo-700", "from-fuchsia-400 to-purple-700",
		"from-rose-400 to-pink-700", "from-orange-400 to-red-600", "from-sky-400 to-blue-600",
		"from-indigo-400 to-blue-800", "from-cyan-400 to-sky-700", "from-teal-400 to-emerald-700",
		"from-lime-400 to-green-700", "from-emerald-300 to-teal-700", "from-slate-400 to-slate-600",
	}
	return all[hash(name)%uint32(len(all))]
}

// darkGradient is for people: white letters on it are easy to read (AA).
func darkGradient(name string) string {
	all := [4]string{"from-teal-700 to-emerald-900", "from-amber-700 to-orange-900", "from-indigo-600 to-blue-900", "from-violet-600 to-indigo-900"}
	return all[hash(name)%uint32(len(all))]
}

// glyph picks the picture on a bot's avatar by its name.
func glyph(name string) icon.Name {
	all := [...]icon.Name{
		icon.Package, icon.Globe, icon.Radio, icon.Sparkles, icon.Megaphone, icon.LifeBuoy, icon.Shield, icon.Waves,
		icon.Mail, icon.Gauge, icon.BellRing, icon.Box, icon.Rocket, icon.Anchor, icon.Compass, icon.Fish,
		icon.Wind, icon.Music, icon.Star, icon.Zap, icon.CloudSun, icon.TreePalm, icon.LampDesk, icon.Bot,
	}
	// Another seed than the gradient's, so that colour and picture vary independently.
	return all[hash("glyph "+name)%uint32(len(all))]
}

// initials gives the two letters on a person's avatar.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var s []rune
	switch {
	case len(words) == 0:
		return "?"
	case len(words) == 1:
		s = []rune(words[0])
		s = s[:min(2, len(s))]
	default:
		s = []rune{[]rune(words[0])[0], []rune(words[1])[0]}
	}
	return strings.ToUpper(string(s))
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum32()
}
