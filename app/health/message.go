package health

import "strings"

// message says what is wrong, what it means, and what heals by itself.
func message(s State) string {
	var say []string
	if s.DatabaseDown {
		say = append(say, "The database has not answered since "+s.DatabaseDownSince.Format("15:04:05")+".")
		if s.SpoolWritable && !s.DiskFull {
			say = append(say, "Bots go on; what they print waits in the data directory and nothing is lost.")
		} else {
			say = append(say, "Bots go on.")
		}
	}
	if s.Contended != "" {
		say = append(say, "Another Botswain ("+s.Contended+") has taken over the bots of this database. This one keeps what runs and starts nothing until that one ends.")
	}
	switch {
	case s.DiskFull:
		say = append(say, "The disk with the data directory is full; what bots print may be lost. Free some space.")
	case !s.SpoolWritable:
		say = append(say, "The data directory can't be written to; what bots print may be lost. Check its disk and its owner.")
	}
	if s.Polling {
		say = append(say, "The system has no inotify watches left, so what bots print shows a little late. Raise fs.inotify.max_user_watches and max_user_instances.")
	}
	return strings.Join(say, " ")
}
