package web

import (
	"fmt"
	"testing"

	"github.com/botswain/botswain/app/auth"
	"github.com/botswain/botswain/app/bot"
)

// Where older lines can't be had the row says what the server advises, and loads them once that is done.
func TestLogSaysWhyItCannotGoOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 1500)
	b := s.open("/bots/" + id.String() + "/logs")
	b.live()
	var ends []func()
	for range searchesEach {
		end, err := s.pages.searches.begin(auth.User{}.ID.String())
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	eval[int](b, "log.scrollTop = 0")
	b.until("/several searches.*Wait until one is done.*Try again/s.test(document.querySelector('#log-lines [data-older]').innerText)")
	ends[0]()
	b.click("#log-lines [data-older] a")
	b.until("document.querySelector('#log-lines [data-seq=\"801\"]')")

	// What has no words for a person, such as an answer of a proxy, has ours.
	eval[bool](b, "(window.fetch = async () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } }), log.scrollTop = 0, true)")
	b.until("document.querySelector('#log-lines [data-older]').innerText.startsWith('The log can’t be read now. Try again')")
}

// The way back to the newest lines stays when it fails, and is gone by itself once the connection is back.
func TestNewestLinesAreAskedForAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.deck.add("Printer", bot.Running)
	s.book.print(id, 1500)
	b := s.open("/bots/" + id.String() + "/logs?line=100")
	b.live()
	const waits = "log.dataset.following === 'false' && !document.getElementById('log-return').hidden && "
	b.until(waits + "!document.querySelector('#log-lines [data-seq=\"1500\"]')")
	eval[bool](b, `(window.real = fetch, window.failed = 0, window.fetch = async (url, ...rest) => {
		if (!/\/logs\/tail/.test(url)) return real(url, ...rest)
		failed++
		throw new TypeError('away')
	}, true)`)
	b.click("#log-return")
	b.until("failed === 1 && " + waits + "document.getElementById('log-return').innerText === 'The log can’t be read now. Try again'")
	s.book.print(id, 1)
	b.click("#log-return")
	b.until("failed === 2 && " + waits + "document.querySelector('#log-lines [data-seq=\"100\"]')")

	eval[bool](b, "(window.fetch = real, true)")
	b.click("#log-return")
	newest := func() string {
		return fmt.Sprintf("document.getElementById('log-return').hidden && document.querySelector('#log-lines [data-seq=\"%d\"]') && %s", s.book.LastSeq(id), bottom)
	}
	b.until("log.dataset.following === 'true' && " + newest())
	s.book.print(id, 1)
	b.until(newest())

	// Nobody has to press it again after an outage.
	b.live()
	eval[bool](b, fmt.Sprintf("(location.assign('/bots/%s/logs?line=100'), true)", id))
	b.until("!('failed' in window) && document.querySelector('#log-lines [data-hit]')")
	b.live()
	eval[bool](b, `(window.real = fetch, window.fetch = async (url, ...rest) => /\/logs\/tail/.test(url) ? Promise.reject(new TypeError('away')) : real(url, ...rest), true)`)
	b.click("#log-return")
	b.until(waits + "document.getElementById('log-return').innerText.endsWith('Try again')")
	s.cutStreams(true)
	b.until("document.querySelector('#connection').dataset.mode !== 'live'")
	eval[bool](b, "(window.fetch = real, true)")
	s.cutStreams(false)
	b.until("log.dataset.following === 'true' && " + newest())
}
