// Testbot is a bot that behaves as its arguments say; the end-to-end tests run it.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testbot count|tick|crash|garbage|stubborn|echo …")
		os.Exit(2)
	}
	arg := func(i int, or string) string {
		if len(os.Args) > i {
			return os.Args[i]
		}
		return or
	}
	switch os.Args[1] {
	case "count": // count N [CODE]: N numbered lines as fast as it can, then waits, or exits with CODE
		count(atoi(arg(2, "1000")))
		if arg(3, "") != "" {
			os.Exit(atoi(arg(3, "0")))
		}
		wait()
	case "tick": // tick DURATION: a numbered line each DURATION, for ever, across its own runs
		tick(arg(2, "1ms"))
	case "crash": // crash AFTER CODE
		fmt.Println("about to crash")
		time.Sleep(duration(arg(2, "0s")))
		os.Exit(atoi(arg(3, "1")))
	case "garbage": // lines of 1 MiB, every byte value, no newline at the end
		garbage()
		wait()
	case "stubborn": // ignores SIGTERM
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ignoring SIGTERM")
		for {
			time.Sleep(time.Hour)
		}
	case "echo": // repeats what it reads
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			fmt.Println("got", in.Text())
		}
	case "chat": // talks like a bot, with levels and colours, once in a while with a stack trace
		chat()
	case "report", "notify": // report|notify DURATION: says each DURATION that it is alive
		tell(os.Args[1], arg(2, "1s"))
	case "leak": // leak N: its TOKEN N times in many disguises, then waits
		leak(atoi(arg(2, "1000")))
		wait()
	case "sleep":
		fmt.Println("up")
		wait()
	}
}

// wait ends with success on SIGTERM.
func wait() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM, syscall.SIGINT)
	<-c
}

func count(n int) {
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(w, "number %08d of the count, padded to look like a line of a real bot ........\n", i)
	}
	w.Flush()
}

func tick(every string) {
	t := time.NewTicker(duration(every))
	for i := 1; ; i++ {
		if _, err := fmt.Printf("tick %d pid %d\n", i, os.Getpid()); err != nil {
			os.Exit(3)
		}
		<-t.C
	}
}

func chat() {
	words := []string{
		"\x1b[36m[gateway]\x1b[0m heartbeat acknowledged, \x1b[32m41 ms\x1b[0m",
		"2026-11-22 17:41:52 INFO router: /warn done in 63 ms",
		"DEBUG cache: 18,402 entries, hit rate 0.97",
		"WARNING rest: rate limit on PUT /channels/:id/permissions, retry after 1.204 s",
		`{"level":"info","job":"digest","sent":198,"ms":1804}`,
		"ERROR join: welcome image failed: no such file, sent text only\nTraceback (most recent call last):\n  File \"bot.py\", line 41, in on_join\nFileNotFoundError: welcome.png",
	}
	t := time.NewTicker(300 * time.Millisecond)
	for i := 0; ; i++ {
		fmt.Println(words[i%len(words)])
		<-t.C
	}
}

func garbage() {
	w := bufio.NewWriter(os.Stdout)
	for i := range 3 {
		w.WriteString(strings.Repeat(string(rune('a'+i)), 1<<20))
		w.WriteByte('\n')
	}
	for b := range 256 {
		w.WriteByte(byte(b))
	}
	w.WriteString("\nafter the garbage\nlast words without a newline")
	w.Flush()
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}
