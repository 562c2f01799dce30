package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// leak prints its TOKEN n times as careless programs do, in a disguise after the other, and ends each
// round with a numbered line. The last line has no end.
func leak(n int) {
	token := os.Getenv("TOKEN")
	out, err := bufio.NewWriter(os.Stdout), bufio.NewWriter(os.Stderr)
	quoted, _ := json.Marshal(map[string]string{"authorization": "Bot " + token})
	coloured := "\x1b[32m" + strings.Join(strings.Split(token, ""), "\x1b[0m\x1b[32m") + "\x1b[0m"
	forms := []string{
		"starting with " + token,
		"GET https://api.telegram.org/bot" + token + "/getUpdates?offset=1",
		"GET /proxy?url=" + url.QueryEscape("https://api.telegram.org/bot"+token+"/getMe"),
		"coloured " + coloured,
		string(quoted),
		fmt.Sprintf("%q", "nested "+string(quoted)),
		"Basic " + base64.StdEncoding.EncodeToString([]byte(token)),
		"Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+token)),
		"Basic " + base64.URLEncoding.EncodeToString([]byte("us:"+token+":x")),
		"twice " + token + " and " + token,
		strings.Repeat("long ", 13_100) + token + strings.Repeat(" tail", 100), // over the end of a piece of 64 KiB
	}
	for i := range n {
		to := out
		if i%7 == 0 {
			to = err
		}
		form := forms[i%len(forms)]
		if len(form) > 1000 && i%1100 != 10 {
			form = forms[0] // a few long ones are enough
		}
		fmt.Fprintf(to, "%s #%d\n", form, i)
	}
	fmt.Fprintln(err, "the last of stderr")
	err.Flush()
	fmt.Fprint(out, "all is told\nprompt for "+token)
	out.Flush()
}
