// Tests of botswain-report.mjs; bots/helpers_test.go runs them, with the file's address in HELPER.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

const { Reporter } = await import(process.env.HELPER);

/** Takes reports; answers are for the first ones, then 204. */
async function listen(t, ...answers) {
  const got = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    got.push({ at: performance.now(), raw, body: JSON.parse(raw), auth: request.headers.authorization });
    const [status, headers] = answers.shift() ?? [204, {}];
    response.writeHead(status, headers).end();
    server.emit("report");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close() && server.closeAllConnections());
  const until = async (done) => {
    while (!done(got.map((g) => g.body))) await once(server, "report", { signal: AbortSignal.timeout(30_000) });
  };
  return { url: `http://127.0.0.1:${server.address().port}/report`, got, until };
}

function reporter(t, url, { gap = 10, wait = 10 } = {}) {
  const report = new Reporter({ url, token: "secret", gap, wait });
  t.after(() => report.close());
  return report;
}

const sum = (got, name) => got.reduce((n, { body }) => n + (body.counters?.[name] ?? 0), 0);

test("tells everything", async (t) => {
  const { url, got } = await listen(t);
  const report = reporter(t, url);
  report.gauge("guilds", 12);
  report.ready();
  report.count("messages");
  report.count("messages", 2);
  report.event("info", "Joined\nthe 100th\x1b server");
  await report.close();
  assert.ok(got.some(({ body }) => body.ready && body.heartbeat));
  assert.ok(got.some(({ body }) => body.gauges?.guilds === 12));
  assert.equal(sum(got, "messages"), 3);
  assert.deepEqual(got.flatMap(({ body }) => body.events ?? []).map((e) => [e.type, e.message]), [["info", "Joined the 100th server"]]);
  assert.ok(got.every(({ auth }) => auth === "Bearer secret"));
});

test("without Botswain nothing happens", async () => {
  const report = new Reporter({ url: "", token: "" });
  report.ready();
  report.beat();
  report.gauge("guilds", 1);
  report.count("messages");
  report.event("info", "hello");
  await report.close();
});

test("what is no report is left out", async (t) => {
  const { url, got } = await listen(t);
  const report = reporter(t, url);
  for (const [name, value] of [["Guilds", 1], ["x".repeat(33), 1], ["ping_ms", NaN], ["ping_ms", undefined], ["ping_ms", Infinity], [7, 7], ["ok", true]]) {
    report.gauge(name, value);
    if (value !== undefined) report.count(name, value);
  }
  report.count("messages", -1);
  report.event("loud", "no such type");
  report.event("info", "\n");
  for (let n = 0; n < 100; n++) report.gauge(`g${n}`, n);
  await report.close();
  assert.equal(new Set(got.flatMap(({ body }) => Object.keys(body.gauges ?? {}))).size, 32);
  assert.ok(got.every(({ body }) => !body.counters && !body.events));
});

test("counts survive a server that is away", async (t) => {
  const { url, got, until } = await listen(t, [503, { "retry-after": "0.01" }], [429, { "retry-after": "0.01" }]);
  const report = reporter(t, url);
  report.ready();
  report.count("messages", 5);
  await until((bodies) => bodies.length >= 3 && bodies.at(-1).ready);
  report.count("messages", 2);
  await report.close();
  assert.equal(sum(got.slice(2), "messages"), 7);
});

test("what is refused is dropped", async (t) => {
  const { url, got, until } = await listen(t, [400, {}]);
  const report = reporter(t, url);
  report.event("info", "refused");
  await until((bodies) => bodies.length === 1);
  report.event("info", "taken");
  await until((bodies) => bodies.length === 2);
  assert.deepEqual(got[1].body.events.map((e) => e.message), ["taken"]);
});

test("pace", async (t) => {
  const { url, got, until } = await listen(t);
  const report = reporter(t, url, { gap: 200 });
  const spam = setInterval(() => {
    report.beat();
    report.count("messages");
  }, 1);
  await until((bodies) => bodies.length >= 4);
  clearInterval(spam);
  for (let i = 1; i < got.length; i++) assert.ok(got[i].at - got[i - 1].at > 150);
});

test("a message stays below 64 KiB", async (t) => {
  const { url, got } = await listen(t);
  const report = reporter(t, url);
  for (let n = 0; n < 500; n++) report.event("info", "\u{1f6a2}".repeat(600));
  await report.close();
  assert.ok(got.length >= 2);
  for (const { raw } of got) assert.ok(raw.length < 64 << 10);
});

test("nobody listens", async (t) => {
  const { url } = await listen(t);
  const report = new Reporter({ url: url.replace(/:\d+/, ":9"), token: "secret", gap: 10, wait: 10 });
  for (let n = 0; n < 1000; n++) {
    report.count("messages");
    report.event("error", "x");
  }
  await report.close(500);
});
