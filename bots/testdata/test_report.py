"""Tests of botswain_report.py; bots/helpers_test.go runs them."""

import json
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botswain_report import Reporter


class Server:
    """Takes reports; answers is a list of (status, headers) for the first ones, then 204."""

    def __init__(self, answers=()):
        self.answers, self.got, self.changed = list(answers), [], threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.changed:
                    status, headers = outer.answers.pop(0) if outer.answers else (204, {})
                    outer.got.append((time.monotonic(), self.headers["Authorization"], raw))
                    outer.changed.notify_all()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/report"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def wait(self, done):
        with self.changed:
            if not self.changed.wait_for(lambda: done(self.bodies()), 30):
                raise AssertionError(f"never came: {self.bodies()}")

    def bodies(self):
        return [json.loads(raw) for _, _, raw in self.got]

    def sum(self, name):
        return sum(b.get("counters", {}).get(name, 0) for b in self.bodies())

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


class ReportTest(unittest.TestCase):
    def server(self, *answers):
        server = Server(answers)
        self.addCleanup(server.close)
        return server

    def reporter(self, server, gap=0.01, wait=0.01):
        report = Reporter(server.url, "secret", gap=gap, wait=wait)
        self.addCleanup(report.close)
        return report

    def test_tells_everything(self):
        server = self.server()
        report = self.reporter(server)
        report.gauge("guilds", 12)
        report.ready()
        report.count("messages")
        report.count("messages", 2)
        report.event("info", "Joined\nthe 100th\x1b server")
        report.close()
        bodies = server.bodies()
        self.assertTrue(any(b.get("ready") and b.get("heartbeat") for b in bodies))
        self.assertTrue(any(b.get("gauges") == {"guilds": 12} for b in bodies))
        self.assertEqual(server.sum("messages"), 3)
        events = [e for b in bodies for e in b.get("events", [])]
        self.assertEqual([(e["type"], e["message"]) for e in events], [("info", "Joined the 100th server")])
        self.assertEqual({a for _, a, _ in server.got}, {"Bearer secret"})

    def test_without_botswain_nothing_happens(self):
        before = threading.active_count()
        report = Reporter("", "")
        report.ready()
        report.beat()
        report.gauge("guilds", 1)
        report.count("messages")
        report.event("info", "hello")
        report.close()
        self.assertEqual(threading.active_count(), before)

    def test_what_is_no_report_is_left_out(self):
        server = self.server()
        report = self.reporter(server)
        for name, value in (("Guilds", 1), ("x" * 33, 1), ("ping_ms", float("nan")), ("ping_ms", None), ("ping_ms", float("inf")), (7, 7), ("ok", True)):
            report.gauge(name, value)
            report.count(name, value)
        report.count("messages", -1)
        report.event("loud", "no such type")
        report.event("info", "\n")
        for n in range(100):
            report.gauge(f"g{n}", n)
        report.close()
        self.assertLessEqual(len({name for b in server.bodies() for name in b.get("gauges", {})}), 32)
        self.assertFalse([b for b in server.bodies() if "counters" in b or "events" in b])

    def test_counts_survive_a_server_that_is_away(self):
        server = self.server((503, {"Retry-After": "0.01"}), (429, {"Retry-After": "0.01"}))
        report = self.reporter(server)
        report.ready()
        report.count("messages", 5)
        server.wait(lambda bodies: len(bodies) >= 3 and bodies[-1].get("ready"))
        report.count("messages", 2)
        report.close()
        told = [b for b in server.bodies()[2:]]
        self.assertEqual(sum(b.get("counters", {}).get("messages", 0) for b in told), 7)

    def test_what_is_refused_is_dropped(self):
        server = self.server((400, {}))
        report = self.reporter(server)
        report.event("info", "refused")
        server.wait(lambda bodies: len(bodies) == 1)
        report.event("info", "taken")
        server.wait(lambda bodies: len(bodies) == 2)
        self.assertEqual([e["message"] for e in server.bodies()[1]["events"]], ["taken"])

    def test_pace(self):
        server = self.server()
        report = self.reporter(server, gap=0.2)
        done = threading.Event()

        def spam():
            while not done.is_set():
                report.beat()
                report.count("messages")

        spammer = threading.Thread(target=spam)
        spammer.start()
        server.wait(lambda bodies: len(bodies) >= 4)
        done.set()
        spammer.join()
        times = [at for at, _, _ in server.got]
        for before, after in zip(times, times[1:]):
            self.assertGreater(after - before, 0.15)  # the gap begins when the answer is there

    def test_a_message_stays_below_64_kib(self):
        server = self.server((503, {"Retry-After": "0.2"}))
        report = self.reporter(server)
        for _ in range(500):
            report.event("info", "\U0001f6a2" * 600)
        report.close()
        self.assertTrue(server.got)
        for _, _, raw in server.got:
            self.assertLess(len(raw), 64 << 10)

    def test_nobody_listens(self):
        server = self.server()
        url = server.url
        server.close()
        report = Reporter(url, "secret", gap=0.01, wait=0.01)
        for _ in range(1000):
            report.count("messages")
            report.event("error", "x")
        report.close(0.5)


if __name__ == "__main__":
    unittest.main()
