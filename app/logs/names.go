package logs

import "slices"

// streamNames is indexed by Stream, levelNames by Level.
func streamNames() []string { return []string{"", "stdout", "stderr", "system"} }

func levelNames() []string {
	return []string{"", "trace", "debug", "info", "warn", "error", "fatal"}
}

// Name is what API and addresses call it: "stdout", "stderr" or "system".
func (s Stream) Name() string { return streamNames()[s] }

// StreamNamed is the stream of a Name; 0, which stands for all, for any other name.
func StreamNamed(name string) Stream { return Stream(max(0, slices.Index(streamNames(), name))) }

// Name is what API and addresses call it, from "trace" to "fatal"; "" for Unknown.
func (l Level) Name() string { return levelNames()[l] }

// LevelNamed is the level of a Name; Unknown for any other name.
func LevelNamed(name string) Level { return Level(max(0, slices.Index(levelNames(), name))) }
