// Has Lighthouse look at the dashboard and a bot's page of a real Botswain with the example bots, signed
// in, as a desktop and as a phone: `make audit`. Ends with 1 when a score is below the aim.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const AIM = 95
const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const [binary, reports = ''] = process.argv.slice(2)
if (!binary) {
  console.error('usage: node static/src/audit.mjs BOTSWAIN [FOLDER FOR REPORTS]')
  process.exit(2)
}

const dir = mkdtempSync(join(tmpdir(), 'bw'))
const password = 'lighthouse-keeper-' + Math.random().toString(36).slice(2)
const env = {
  ...process.env, BOTSWAIN_DATA_DIR: dir, BOTSWAIN_ADDR: '127.0.0.1:0', BOTSWAIN_ADMIN_USERNAME: 'keeper', BOTSWAIN_ADMIN_PASSWORD: password, BOTSWAIN_LOG_LEVEL: 'error',
}
const server = spawn(binary, ['serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
const ended = new Promise(done => server.once('exit', done))

const listening = () => new Promise((found, failed) => {
  let said = ''
  server.stdout.on('data', d => {
    said += d
    const m = said.match(/listening on (http:\S+)/)
    if (m) found(m[1])
  })
  ended.then(() => failed(new Error('Botswain ended before it listened')))
})

const signIn = async url => {
  const answer = await fetch(url + '/login', {
    method: 'POST', redirect: 'manual', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ username: 'keeper', password }),
  })
  const cookie = answer.headers.getSetCookie().map(c => c.split(';')[0]).find(c => c.startsWith('botswain_session='))
  if (!cookie) throw new Error('the sign-in was answered with ' + answer.status)
  return cookie
}

// How much a processor is slowed down to stand for a phone depends on how quick it is: these are the steps
// of Lighthouse's own table (docs/throttling.md), by the benchmark that each report has.
const slowdown = benchmark => benchmark >= 1500 ? 4 : benchmark >= 1000 ? 3 : benchmark >= 800 ? 2 : 1

// Lighthouse runs as a program of its own, so that its memory and its Chromium end with it.
const audit = (address, form, cookie, times) => {
  const out = reports ? join(reports, `${address.name}-${form}.json`) : join(dir, 'report.json')
  const run = spawnSync('npx', ['--no-install', 'lighthouse', address.url, '--quiet', '--output=json', '--output-path=' + out,
    '--only-categories=' + CATEGORIES.join(','), ...(form === 'desktop' ? ['--preset=desktop'] : ['--throttling.cpuSlowdownMultiplier=' + times]),
    '--extra-headers=' + JSON.stringify({ Cookie: cookie }), '--max-wait-for-load=20000',
    '--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic'], { encoding: 'utf8', env: { ...process.env, CHROME_PATH: process.env.CHROME_PATH ?? 'chromium' } })
  if (run.status !== 0) throw new Error('lighthouse: ' + (run.stderr || run.stdout).slice(-2000))
  return JSON.parse(readFileSync(out, 'utf8'))
}

let low = false
process.on('SIGTERM', () => server.kill('SIGTERM'))
process.on('SIGINT', () => server.kill('SIGTERM'))
try {
  const url = await listening()
  const added = spawnSync(binary, ['bot', 'examples'], { env, encoding: 'utf8' })
  if (added.status !== 0) throw new Error('no example bots: ' + added.stderr)
  const cookie = await signIn(url)
  const home = await (await fetch(url + '/', { headers: { Cookie: cookie } })).text()
  const bot = home.match(/\/bots\/[0-9a-f-]{36}/)?.[0]
  if (!bot) throw new Error('the dashboard shows no bot')
  // The first run warms up, and says how quick this machine is at the moment.
  const benchmark = audit({ name: 'login', url: url + '/login' }, 'desktop', cookie, 1).environment.benchmarkIndex
  console.log(`This machine's benchmark is ${Math.round(benchmark)}: for phones it is slowed down ${slowdown(benchmark)} times.`)
  console.log('page        as        ' + CATEGORIES.map(c => c.padEnd(16)).join(''))
  for (const address of [{ name: 'dashboard', url: url + '/' }, { name: 'bot', url: url + bot }])
    for (const form of ['desktop', 'mobile']) {
      const report = audit(address, form, cookie, slowdown(benchmark))
      const scores = CATEGORIES.map(c => Math.round(report.categories[c].score * 100))
      console.log(address.name.padEnd(12) + form.padEnd(10) + scores.map(s => String(s).padEnd(16)).join(''))
      for (const c of CATEGORIES) {
        if (report.categories[c].score * 100 >= AIM) continue
        low = true
        for (const ref of report.categories[c].auditRefs) {
          const a = report.audits[ref.id]
          if (ref.weight > 0 && a.score !== null && a.score < 0.9) console.log(`  ${c}: ${a.title} (${a.displayValue ?? a.score})`)
        }
      }
    }
} finally {
  server.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true, force: true })
}
process.exitCode = low ? 1 : 0
