// Tells Botswain how a bot is doing. One file without dependencies (Node 18 or newer): copy it
// beside your bot.
//
//   import { Reporter } from "./botswain-report.mjs";
//   const report = new Reporter();
//   report.gauge("commands", 6);      // what is now
//   report.ready();                   // the bot is up
//   report.count("messages");         // what has come to it
//   report.beat();                    // the bot is alive: call it about every 20 seconds
//   report.event("info", "Joined the 100th server");
//   await report.close();             // at the end, sends what is left
//
// Outside Botswain (no BOTSWAIN_REPORT_URL) nothing happens. No call waits, and none throws: one
// message at a time is under way, what can't be sent is kept within bounds, and at most 50 messages
// a minute go out. It doesn't keep the process alive. Tell nothing about single people: figures are
// sums.

const NAME = /^[a-z][a-z0-9_]{0,31}$/;
const MAX_NAMES = 32; // gauges, and counters
const MAX_KEPT = 50; // events that wait
const MAX_SENT = 20; // events in one message, so that it stays below 64 KiB
const GAP = 1_200; // milliseconds between two messages at least
const WAIT = 15_000; // milliseconds that a figure waits for company at most
const TIMEOUT = 5_000; // milliseconds for one message

/** Reports of one bot. */
export class Reporter {
  #url;
  #token;
  #gap;
  #wait;
  #ready = false;
  #beat = false;
  #gauges = new Map();
  #counters = new Map();
  #events = [];
  #timer; // of the next message
  #due = Infinity; // when that is, in milliseconds
  #free = 0; // when the next message may go at the earliest
  #sending; // the promise of the message under way
  #closing = false;

  constructor({
    url = process.env.BOTSWAIN_REPORT_URL ?? "",
    token = process.env.BOTSWAIN_REPORT_TOKEN ?? "",
    gap = GAP,
    wait = WAIT,
  } = {}) {
    this.#url = url;
    this.#token = token;
    this.#gap = gap;
    this.#wait = wait;
  }

  /** The bot is up. */
  ready() {
    this.#ready = true;
    this.#plan(0);
  }

  /** The bot is alive. */
  beat() {
    this.#beat = true;
    this.#plan(0);
  }

  /** What is now, such as the number of servers. What is no finite number is left out. */
  gauge(name, value) {
    if (!fits(name, value) || !room(this.#gauges, name)) return;
    this.#gauges.set(name, value);
    this.#plan(this.#wait);
  }

  /** Something came to it: n more. */
  count(name, n = 1) {
    if (!fits(name, n) || n < 0 || !room(this.#counters, name)) return;
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + n);
    this.#plan(this.#wait);
  }

  /** Something worth telling; kind is "success", "error" or "info". */
  event(kind, message) {
    const text = [...String(message).replace(/[\s\p{C}]+/gu, " ").trim()].slice(0, 500).join("");
    if (!text || !["success", "error", "info"].includes(kind)) return;
    this.#events.push({ type: kind, message: text, at: new Date().toISOString() });
    this.#events.splice(0, this.#events.length - MAX_KEPT);
    this.#plan(0);
  }

  /** Sends what is left, for at most timeout milliseconds, and ends. */
  async close(timeout = 2_000) {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#timer);
    if (!this.#url) return;
    const last = (async () => {
      await this.#sending;
      while (this.#pending()) await this.#send(); // what fails now isn't kept
    })();
    let timer;
    await Promise.race([last, new Promise((done) => (timer = setTimeout(done, timeout)))]);
    clearTimeout(timer);
  }

  #pending() {
    return this.#ready || this.#beat || this.#gauges.size > 0 || this.#counters.size > 0 || this.#events.length > 0;
  }

  // plan has a message go in so many milliseconds, or earlier if that was planned.
  #plan(ms) {
    if (!this.#url || this.#closing) return;
    const due = Math.max(Date.now() + ms, this.#free);
    if (this.#sending || due >= this.#due) {
      if (this.#sending) this.#due = Math.min(this.#due, due);
      return;
    }
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#go(), due - Date.now());
    this.#timer.unref();
  }

  #go() {
    this.#due = Infinity;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      const due = this.#due;
      this.#due = Infinity;
      if (this.#pending()) this.#plan(due === Infinity ? this.#wait : Math.max(0, due - Date.now()));
    });
  }

  // send never rejects.
  async #send() {
    const taken = this.#take();
    let pause = this.#gap;
    try {
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        body: JSON.stringify(taken),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      await answer.body?.cancel();
      if (answer.status === 429 || answer.status >= 500) {
        const said = Number(answer.headers.get("retry-after") || 5) * 1_000;
        pause = Math.min(Math.max(Number.isFinite(said) ? said : 5_000, this.#gap), 60_000);
        this.#keep(taken);
      } // whatever else was refused would be refused again
    } catch {
      pause = 5_000;
      this.#keep(taken);
    }
    this.#free = Date.now() + pause;
  }

  #take() {
    const taken = {};
    if (this.#gauges.size) taken.gauges = Object.fromEntries(this.#gauges);
    if (this.#counters.size) taken.counters = Object.fromEntries(this.#counters);
    if (this.#events.length) taken.events = this.#events.splice(0, MAX_SENT);
    if (this.#ready) taken.ready = true;
    if (this.#ready || this.#beat) taken.heartbeat = true;
    this.#gauges.clear();
    this.#counters.clear();
    this.#ready = this.#beat = false;
    if (this.#events.length) this.#due = Math.min(this.#due, Date.now());
    return taken;
  }

  #keep(taken) {
    if (this.#closing) return;
    for (const [name, value] of Object.entries(taken.gauges ?? {})) {
      if (!this.#gauges.has(name)) this.#gauges.set(name, value);
    }
    for (const [name, n] of Object.entries(taken.counters ?? {})) {
      this.#counters.set(name, (this.#counters.get(name) ?? 0) + n);
    }
    this.#events.unshift(...(taken.events ?? []));
    this.#events.splice(0, this.#events.length - MAX_KEPT);
    // A heartbeat that is late says nothing; that the bot is up stays true.
    this.#ready ||= taken.ready ?? false;
    if (this.#ready || this.#events.length) this.#due = Math.min(this.#due, Date.now());
  }
}

function fits(name, value) {
  return typeof value === "number" && Math.abs(value) < 1e300 && typeof name === "string" && NAME.test(name);
}

function room(figures, name) {
  return figures.has(name) || figures.size < MAX_NAMES;
}
