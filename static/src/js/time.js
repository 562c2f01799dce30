// Counts down to data-until ("0:24") and up from data-since ("9 d 2 h") in <time>, once a second. The words are those
// of views/i18n/time.go. The server's clock decides: <meta name="now"> says how far ours is off.
'use strict'
{
  const served = Date.parse(document.querySelector('meta[name="now"]')?.content)
  // The page was on its way for a moment; a difference below two seconds is that.
  const off = Number.isNaN(served) || Math.abs(served - Date.now()) < 2000 ? 0 : served - Date.now()

  const [second, minute, hour, day] = ['second', 'minute', 'hour', 'day'].map(name => botswainWords(name))
  const two = (a, ua, b, ub) => b === 0 ? `${a} ${ua}` : `${a} ${ua} ${b} ${ub}`
  const span = ms => {
    const s = Math.floor(Math.max(0, ms) / 1000), f = Math.floor
    if (s < 60) return `${s} ${second}`
    if (s < 3600) return two(f(s / 60), minute, s % 60, second)
    if (s < 86400) return two(f(s / 3600), hour, f(s % 3600 / 60), minute)
    return two(f(s / 86400), day, f(s % 86400 / 3600), hour)
  }
  const pad = n => String(n).padStart(2, '0')
  const countdown = ms => {
    const s = Math.ceil(Math.max(0, ms) / 1000), f = Math.floor
    return s >= 3600 ? `${f(s / 3600)}:${pad(f(s % 3600 / 60))}:${pad(s % 60)}` : `${f(s / 60)}:${pad(s % 60)}`
  }
  // Only the text's own data changes: a new text node would have the browser look for empty elements.
  const put = (el, text) => {
    const only = el.childNodes.length === 1 && el.firstChild
    if (only?.nodeType === 3) { if (only.data !== text) only.data = text } else el.textContent = text
  }

  // Kept up to date by the browser, which is less than looking through the page each second.
  const times = document.getElementsByTagName('time')
  const MANY = 20
  // Where there are many counters, those beyond a minute move together every ten seconds: whichever of them moves,
  // the browser draws a frame. Which ones move each second is found out then, and when others have come.
  let moving = [], fresh = true
  const show = all => {
    const now = Date.now() + off, every = all || fresh, list = every ? times : moving, next = []
    fresh = false
    for (const el of list) {
      const { until, since } = el.dataset, age = now - Date.parse(since)
      if (until) put(el, countdown(Date.parse(until) - now))
      else if (since && (all || age < 61_000)) put(el, span(age))
      if (every && (until || age < 61_000)) next.push(el)
    }
    if (every) moving = next
  }
  document.addEventListener('htmx:before:swap', e => { fresh ||= e.detail.tasks.some(t => t.fragment?.querySelector('time')) })
  // Each round starts just after a full second, so that all counters change together. Nobody sees those of a
  // hidden tab; it catches up when it is looked at.
  const tick = () => {
    if (!document.hidden) show(times.length <= MANY || Math.floor((Date.now() + off) / 1000) % 10 === 0)
    setTimeout(tick, 1000 - (Date.now() + off) % 1000 + 5)
  }
  tick()
  document.addEventListener('visibilitychange', () => { if (!document.hidden) show(true) })

  // The exact time, in the viewer's zone, for whoever points at a relative one.
  let exact // made when it is asked for: it costs a phone more than anything else here
  document.addEventListener('pointerover', e => {
    const t = e.target.closest?.('time[datetime]')
    const at = t && !t.dataset.exact && Date.parse(t.dataset.since ?? t.dataset.until ?? t.dateTime)
    if (!at) return
    exact ??= new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'full', timeStyle: 'long' })
    t.title = exact.format(at)
    t.dataset.exact = ''
  }, { passive: true })
}
