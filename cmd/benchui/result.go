package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// result is one measurement.
type result struct {
	bots, running int
	server        []time.Duration // until the page's header, sorted
	html, packed  int             // bytes of the page, plain and as sent
	load          loaded

	// While nothing happened:
	watched                    time.Duration
	mainThread, script, layout time.Duration
	serverCPU, browserCPU      time.Duration
	seen                       seen
}

// table shows the results side by side.
func table(o options, list []result) string {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, value func(result) string) {
		fmt.Fprintf(w, "%s\t", name)
		for _, r := range list {
			fmt.Fprintf(w, "%s\t", value(r))
		}
		fmt.Fprintln(w)
	}
	share := func(d time.Duration, r result) string {
		return fmt.Sprintf("%.2f %%", 100*d.Seconds()/r.watched.Seconds())
	}
	fmt.Fprintf(&out, "The dashboard as %s, in Chromium; watched for %s while nothing happens.\n", o.view, o.idle)
	row("bots (running)", func(r result) string { return fmt.Sprintf("%d (%d)", r.bots, r.running) })
	row("server time, median", func(r result) string { return ms(r.server[len(r.server)/2]) })
	row("server time, worst", func(r result) string { return ms(r.server[len(r.server)-1]) })
	row("page, bytes sent", func(r result) string { return kb(r.packed) })
	row("page, bytes of HTML", func(r result) string { return kb(r.html) })
	row("elements", func(r result) string { return strconv.Itoa(r.load.Elements) })
	row("requests, cold", func(r result) string { return strconv.Itoa(r.load.Requests) })
	row("bytes sent, cold", func(r result) string { return kb(r.load.Bytes) })
	row("first paint (FCP)", func(r result) string { return fmt.Sprintf("%.0f ms", r.load.FCP) })
	row("DOM ready", func(r result) string { return fmt.Sprintf("%.0f ms", r.load.Ready) })
	row("idle: main thread", func(r result) string { return share(r.mainThread, r) })
	row("idle: of it script", func(r result) string { return share(r.script, r) })
	row("idle: of it style, layout", func(r result) string { return share(r.layout, r) })
	row("idle: longest task", func(r result) string { return fmt.Sprintf("%.0f ms", r.seen.Long) })
	row("idle: whole browser", func(r result) string { return share(r.browserCPU, r) })
	row("idle: server", func(r result) string { return share(r.serverCPU, r) })
	row("idle: messages", func(r result) string { return strconv.Itoa(r.seen.Messages) })
	row("idle: bytes received", func(r result) string { return kb(r.seen.Bytes) })
	row("idle: DOM mutations", func(r result) string { return strconv.Itoa(r.seen.Records) })
	row("idle: most at once", func(r result) string { return strconv.Itoa(r.seen.Biggest) })
	w.Flush()
	return out.String()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
func kb(n int) string           { return fmt.Sprintf("%.1f kB", float64(n)/1000) }

// middle gives the load with the middle first paint, with the requests and bytes of the first one,
// which found nothing in the cache.
func middle(all []loaded) loaded {
	first := all[0]
	slices.SortFunc(all, func(a, b loaded) int {
		switch {
		case a.FCP < b.FCP:
			return -1
		case a.FCP > b.FCP:
			return 1
		}
		return 0
	})
	m := all[len(all)/2]
	m.Requests, m.Bytes = first.Requests, first.Bytes
	return m
}

// process is what is read of a process here.
type process struct {
	parent int
	cpu    time.Duration
}

// read reads /proc/PID/stat; false: there is no such process.
func read(pid int) (process, bool) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return process{}, false
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return process{}, false
	}
	num := func(i int) int { n, _ := strconv.Atoi(fields[i]); return n }
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	return process{parent: num(1), cpu: time.Duration(num(11)+num(12)) * tick}, true
}

func cpuOf(pid int) time.Duration {
	p, _ := read(pid)
	return p.cpu
}

// cpuOfBrowser sums up Chromium's processes: the one with this profile and what came from it.
func cpuOfBrowser(profile string) time.Duration {
	all := map[int]process{}
	root := 0
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		p, ok := read(pid)
		if !ok {
			continue
		}
		all[pid] = p
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if root == 0 && bytes.Contains(line, []byte("--user-data-dir="+profile)) && !bytes.Contains(line, []byte("--type=")) {
			root = pid
		}
	}
	var sum time.Duration
	for pid, p := range all {
		for at := pid; at > 1; at = all[at].parent {
			if at == root {
				sum += p.cpu
				break
			}
		}
	}
	return sum
}
