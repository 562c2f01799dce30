package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// tell says each DURATION that the bot is alive, and first that it is ready; by "report" or "notify".
// SIGUSR1 has it fall silent, SIGUSR2 has it speak again.
func tell(by, every string) {
	say := report
	if by == "notify" {
		say = notify
	}
	silence, speech := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(silence, syscall.SIGUSR1)
	signal.Notify(speech, syscall.SIGUSR2)
	fmt.Println("told:", say(true))
	t := time.NewTicker(duration(every))
	for quiet := false; ; {
		select {
		case <-silence:
			quiet = true
		case <-speech:
			quiet = false
		case <-t.C:
			if !quiet {
				fmt.Println("told:", say(false))
			}
		}
	}
}

func report(first bool) string {
	body := `{"heartbeat":true,"counters":{"messages":1}}`
	if first {
		body = `{"ready":true,"gauges":{"guilds":12,"ping_ms":41.5},"counters":{"messages":1},"events":[{"type":"info","message":"Hello from the bot"}]}`
	}
	req, err := http.NewRequest("POST", os.Getenv("BOTSWAIN_REPORT_URL"), strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("BOTSWAIN_REPORT_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "no answer"
	}
	res.Body.Close()
	return res.Status
}

func notify(first bool) string {
	text := "WATCHDOG=1"
	if first {
		text = "READY=1\nSTATUS=Serving 12 guilds"
	}
	c, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err != nil {
		return "nobody there"
	}
	defer c.Close()
	if _, err := c.Write([]byte(text)); err != nil {
		return "not taken"
	}
	return "taken, watchdog of " + os.Getenv("WATCHDOG_USEC")
}
