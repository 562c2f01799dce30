package logs

import "github.com/botswain/botswain/app/event"

// show gives readers the lines that were numbered since the last call. They aren't stored yet, but
// their numbering is written down, so that nothing but a change of the storage by somebody else can
// give them other seqs. Lines whose numbering can't be written down are shown when they are stored.
func (in *ingest) show() {
	b := in.filling
	in.watch.took(len(b.lines) - b.shown)
	if b.shown == len(b.lines) {
		return
	}
	if in.storing != nil && in.storing.shown < len(in.storing.lines) {
		return // they come first
	}
	if b.numbering.write() {
		in.reveal(b)
	}
}

// reveal puts the lines of a batch that weren't yet into memory for readers, and pokes them.
func (in *ingest) reveal(b *batch) {
	var topics []event.Topic
	for i := b.shownSpans; i < len(b.spans); i++ {
		s := b.spans[i]
		from := max(s.from, b.shown)
		if from == s.to {
			continue
		}
		in.recent.add(s.bot, b.lines[from:s.to])
		if topic := (event.Topic{Kind: event.TopicLogs, Bot: s.bot}); len(topics) == 0 || topics[len(topics)-1] != topic {
			topics = append(topics, topic)
		}
	}
	b.shown, b.shownSpans = len(b.lines), max(0, len(b.spans)-1)
	in.hub.Publish(topics...)
}
