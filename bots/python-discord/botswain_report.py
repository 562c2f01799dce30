"""Tells Botswain how a bot is doing. One file without dependencies (Python 3.8 or newer): copy it
beside your bot.

    report = Reporter()
    report.gauge("commands", 6)     # what is now
    report.ready()                  # the bot is up
    report.count("messages")        # what has come to it
    report.beat()                   # the bot is alive: call it about every 20 seconds
    report.event("info", "Joined the 100th server")
    report.close()                  # at the end, sends what is left

Call beat() from the loop that does the bot's work, not from a thread of its own: when that loop
hangs, the beats end, and Botswain sees it.

Outside Botswain (no BOTSWAIN_REPORT_URL) nothing happens. No call waits, and none raises: one
thread in the background sends, what can't be sent is kept within bounds, and at most 50 messages a
minute go out. Tell nothing about single people: figures are sums.
"""

import json
import math
import os
import re
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_MAX_NAMES = 32  # gauges, and counters
_MAX_KEPT = 50  # events that wait
_MAX_SENT = 20  # events in one message, so that it stays below 64 KiB
_GAP = 1.2  # seconds between two messages at least
_WAIT = 15.0  # seconds that a figure waits for company at most
_TIMEOUT = 5.0  # seconds for one message


class Reporter:
    """Reports of one bot. Its methods may be called from any thread."""

    def __init__(self, url=None, token=None, gap=_GAP, wait=_WAIT):
        self._url = os.environ.get("BOTSWAIN_REPORT_URL", "") if url is None else url
        self._token = os.environ.get("BOTSWAIN_REPORT_TOKEN", "") if token is None else token
        self._gap, self._most = gap, wait
        self._changed = threading.Condition()
        self._ready = self._beat = self._hurry = self._closing = False
        self._gauges, self._counters, self._events = {}, {}, []
        self._thread = None
        if not self._url:
            return
        # Proxies of the environment are for the outside; Botswain is not there.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            self._thread = threading.Thread(target=self._run, name="botswain-report", daemon=True)
            self._thread.start()
        except RuntimeError:  # no more threads can be had
            self._thread = None

    def ready(self):
        """The bot is up."""
        with self._changed:
            self._ready = True
            self._wake()

    def beat(self):
        """The bot is alive."""
        with self._changed:
            self._beat = True
            self._wake()

    def gauge(self, name, value):
        """What is now, such as the number of servers. None and what is no number are left out."""
        if not self._fits(name, value):
            return
        with self._changed:
            if name in self._gauges or len(self._gauges) < _MAX_NAMES:
                self._gauges[name] = value
                self._changed.notify()

    def count(self, name, n=1):
        """Something came to it: n more."""
        if not self._fits(name, n) or n < 0:
            return
        with self._changed:
            if name in self._counters or len(self._counters) < _MAX_NAMES:
                self._counters[name] = self._counters.get(name, 0) + n
                self._changed.notify()

    def event(self, kind, message):
        """Something worth telling; kind is "success", "error" or "info"."""
        text = " ".join(str(message).encode("utf-8", "replace").decode("utf-8").split())
        text = "".join(c for c in text if c.isprintable())[:500]
        if self._thread is None or not text or kind not in ("success", "error", "info"):
            return
        at = datetime.now(timezone.utc).isoformat()
        with self._changed:
            self._events.append({"type": kind, "message": text, "at": at})
            del self._events[:-_MAX_KEPT]
            self._wake()

    def close(self, timeout=2.0):
        """Sends what is left, for at most timeout seconds, and ends."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def _fits(self, name, value):
        if self._thread is None or isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return isinstance(name, str) and bool(_NAME.match(name)) and -1e300 < value < 1e300

    def _wake(self):  # the lock is held
        self._hurry = True
        self._changed.notify()

    # What follows runs in the background.

    def _run(self):
        pause = 0.0
        while True:
            try:
                taken = self._take(pause)
                if taken is None:
                    return
                pause = self._send(taken)
            except Exception:  # nothing here may end the reports, let alone the bot
                pause = 30.0

    def _pending(self):
        return bool(self._ready or self._beat or self._gauges or self._counters or self._events)

    def _take(self, pause):
        """Waits until there is something to send, and takes it; None: it is over."""
        with self._changed:
            self._pause(pause)
            while not self._pending() and not self._closing:
                self._changed.wait()
            until = time.monotonic() + self._most
            while not self._hurry and not self._closing and time.monotonic() < until:
                self._changed.wait(until - time.monotonic())
            if not self._pending():
                return None
            events, self._events = self._events[:_MAX_SENT], self._events[_MAX_SENT:]
            taken = {"gauges": self._gauges, "counters": self._counters, "events": events}
            taken = {k: v for k, v in taken.items() if v}
            for name, said in (("ready", self._ready), ("heartbeat", self._beat or self._ready)):
                if said:
                    taken[name] = True
            self._gauges, self._counters, self._ready, self._beat = {}, {}, False, False
            self._hurry = bool(self._events)
            return taken

    def _pause(self, seconds):  # the lock is held
        until = time.monotonic() + seconds
        while not self._closing and time.monotonic() < until:
            self._changed.wait(until - time.monotonic())

    def _send(self, taken):
        """Sends, and answers how long to pause. What may be taken another time is kept."""
        request = urllib.request.Request(
            self._url,
            data=json.dumps(taken, ensure_ascii=False).encode("utf-8"),
            headers={"Authorization": "Bearer " + self._token, "Content-Type": "application/json"},
        )
        try:
            self._opener.open(request, timeout=_TIMEOUT).close()
            return self._gap
        except urllib.error.HTTPError as e:
            pause, again = self._pause_of(e), e.code == 429 or e.code >= 500
            e.close()
            if not again:  # it would be refused again
                return self._gap
        except OSError:
            pause = 5.0
        self._keep(taken)
        return pause

    def _pause_of(self, e):
        try:
            said = float(e.headers.get("Retry-After", ""))
        except ValueError:
            said = 5.0
        return min(max(said, self._gap), 60.0) if math.isfinite(said) else 5.0

    def _keep(self, taken):
        with self._changed:
            if self._closing:
                return
            self._gauges = {**taken.get("gauges", {}), **self._gauges}
            for name, n in taken.get("counters", {}).items():
                self._counters[name] = self._counters.get(name, 0) + n
            self._events = (taken.get("events", []) + self._events)[-_MAX_KEPT:]
            # A heartbeat that is late says nothing; that the bot is up stays true.
            self._ready = self._ready or taken.get("ready", False)
            self._hurry = self._hurry or self._ready or bool(self._events)
