package logs

import (
	"strings"
	"testing"
	"time"
)

// Each text is what a program printed; a line that begins with "|" belongs to what is above it.
func TestTrace(t *testing.T) {
	for name, text := range map[string]string{
		"python": `INFO ready
Traceback (most recent call last):
|  File "/srv/bot.py", line 12, in <module>
|    main()
|  File "/srv/bot.py", line 9, in main
|    raise ValueError("bad")
|ValueError: bad
INFO next`,
		"python, logged": `ERROR:root:handler failed
|Traceback (most recent call last):
|  File "/srv/bot.py", line 9, in main
|    return 1 / 0
|           ~~^~~
|ZeroDivisionError: division by zero
WARNING:root:again`,
		"python, chained": `Traceback (most recent call last):
|  File "a.py", line 1, in f
|KeyError: 'x'
|
|During handling of the above exception, another exception occurred:
|
|Traceback (most recent call last):
|  File "a.py", line 3, in g
|discord.errors.HTTPException: 400 Bad Request
done`,
		"python, cut": `Traceback (most recent call last):
|  File "a.py", line 1, in f
2026-11-26 10:00:00 INFO something else
  indented`,
		"go": `2026/11/26 10:00:00 INFO up
panic: runtime error: invalid memory address or nil pointer dereference
|[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47e2f1]
|
|goroutine 1 [running]:
|main.(*bot).reply(0x0, {0xc000012345, 0x5})
|	/srv/bot/main.go:42 +0x1d
|main.main()
|	/srv/bot/main.go:12 +0x65
|exit status 2
starting`,
		"go, recovered": `level=ERROR msg="panic in handler"
|goroutine 34 [running]:
|runtime/debug.Stack()
|	/usr/lib/go/src/runtime/debug/stack.go:26 +0x5e
|created by main.serve in goroutine 1
|	/srv/bot/main.go:50 +0x1b
level=INFO msg=on`,
		"java": `2026-11-26 10:00:00 ERROR c.e.Bot - update failed
java.lang.IllegalStateException: no session
|	at com.example.Bot.handle(Bot.java:31)
|	at com.example.Main.main(Main.java:8)
|Caused by: java.io.IOException: closed
|	at com.example.Net.read(Net.java:77)
|	... 2 more
2026-11-26 10:00:01 INFO c.e.Bot - next`,
		"node": `info: online
TypeError: Cannot read properties of undefined (reading 'id')
|    at Client.<anonymous> (/srv/bot/index.js:14:25)
|    at Client.emit (node:events:518:28) {
|  code: 'ERR',
|  [Symbol(kind)]: 7
|}
Node.js v22.11.0`,
		".net": `System.InvalidOperationException: closed
|   at Bot.Program.Main(String[] args) in /srv/Program.cs:line 12
ok`,
		"ruby": `bot.rb:3:in 'run': boom (RuntimeError)
|	from bot.rb:7:in '<main>'
ok`,
		"coloured": "\x1b[31mTypeError: x\x1b[39m\n|\x1b[90m    at f (/a.js:1:1)\x1b[39m\nok",
		"no trace": `header
  indented text
	tabbed
at noon
}`,
	} {
		var tr StackTrace
		at := time.Now()
		for i, line := range strings.Split(text, "\n") {
			line, want := strings.CutPrefix(line, "|")
			if got := tr.Next(line, detect(line), at); got != want {
				t.Errorf("%s, line %d %q: joins %v, want %v", name, i+1, line, got, want)
			}
		}
	}
}

func TestTraceIsBounded(t *testing.T) {
	var tr StackTrace
	tr.Next("Traceback (most recent call last):", Error, time.Now())
	n := 0
	for tr.Next("  x", Unknown, time.Now()) {
		n++
	}
	if n != traceLines {
		t.Errorf("%d lines", n)
	}
}

func TestTraceNeedsToBeNear(t *testing.T) {
	var tr StackTrace
	at := time.Now()
	tr.Next("ERROR once", Error, at)
	if tr.Next(tracebackHead+":", Error, at.Add(time.Minute)) {
		t.Error("it belongs to what was printed a minute before")
	}
}
