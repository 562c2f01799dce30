// Puts live charts in the place of the server's pictures. A section with data-charts says where its figures are
// to be had as JSON; all words come from there. The table below follows when it is open. Without this script the
// pictures and links stay.
'use strict'
{
  const WORST = 300_000, BEST = 15_000 // ms between two questions for newer figures
  const LIVE = 180 // seconds
  const { span } = chartLook
  const pause = () => globalThis.scheduler?.yield?.() ?? new Promise(done => setTimeout(done))

  // ---- a section of charts ----

  class Section {
    constructor(el) {
      this.el = el
      this.key = el.id
      this.figures = new Map() // of each chart, by its id
      this.charts = new Map() // those that live: a chart that nobody has come near is still the server's picture
      this.near = new IntersectionObserver(seen => this.come(seen), { rootMargin: '300px' })
      this.marks = []
      this.range = el.dataset.range // '' when from and to were chosen by hand
      this.from = +el.dataset.from
      this.to = +el.dataset.to
      this.home = el.dataset.home
      this.drawn = { range: el.dataset.range, offset: +el.dataset.offset } // by the server
      this.first = this.range || this.home
      this.still = 'still' in el.dataset // nothing more will come
      el.addEventListener('click', e => this.click(e))
      el.addEventListener('dblclick', e => { if (e.target.closest('.chart-live')) this.choose(this.first) })
      el.querySelector('[data-chart-table]')?.addEventListener('toggle', () => this.table())
      this.ask()
    }

    window(c) {
      if (this.range === 'live' && c.step <= 2) { const to = this.newest ?? this.to; return [to - LIVE, to] }
      return [this.from, this.to]
    }
    query() { return this.range ? 'range=' + this.range : `from=${this.from}&to=${this.to}` }

    click(e) {
      const link = e.target.closest('[data-chart-range]')
      if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); this.choose(link.dataset.chartRange) }
      if (e.target.closest('[data-chart-back]')) this.choose(this.first)
    }
    choose(range) { this.first = this.range = range; this.turn() }
    zoom(from, to) { this.range = ''; this.from = from; this.to = to; this.turn() }
    // The address follows, so that a reload, the back button and a copied link show the same.
    turn() {
      history.pushState(null, '', location.pathname + '?' + this.query())
      this.ask(true)
    }
    follow() {
      const q = new URLSearchParams(location.search)
      this.range = q.has('from') ? '' : q.get('range') ?? this.home
      if (this.range) this.first = this.range
      if (!this.range) { this.from = +q.get('from'); this.to = +q.get('to') }
      this.ask(true)
    }

    // ask gets the figures; what is shown pales when another span, that somebody wants to see, takes long.
    async ask(another) {
      clearTimeout(this.timer)
      clearTimeout(this.slow)
      this.question?.abort()
      const question = this.question = new AbortController()
      if (another) this.slow = setTimeout(() => { this.el.dataset.late = '' }, 300)
      try {
        const answer = await fetch(this.el.dataset.charts + '?' + this.query(), { signal: question.signal, headers: { Accept: 'application/json' } })
        if (answer.ok) this.show(await answer.json())
      } catch { /* the connection indicator says why; it is asked again */ }
      if (question.signal.aborted) return
      clearTimeout(this.slow)
      delete this.el.dataset.late
      this.later()
    }
    // A span that was chosen by hand doesn't move.
    later() {
      if (!this.range || this.still || !this.el.isConnected) return
      const step = Math.min(...[...this.figures.values()].map(c => c.step), Infinity)
      const wait = Math.min(WORST, Math.max(BEST, (Number.isFinite(step) ? step : 0) * 1000))
      this.timer = setTimeout(() => document.hidden ? this.later() : this.ask(), wait)
    }

    // show takes over figures.
    show(set) {
      this.from = set.from
      this.to = set.to
      this.marks = set.marks
      this.newest = null
      this.still = set.still
      // A span that was given may have no figures yet.
      const away = this.el.querySelector('[data-charts-away]'), there = this.el.querySelector('[data-charts-there]')
      if (away && there) {
        away.querySelector('[data-charts-why]').textContent = set.away
        away.hidden = !set.away
        there.hidden = !away.hidden
      }
      for (const c of set.charts) {
        const place = this.el.querySelector(`[data-chart="${c.id}"]`)
        if (!place || !c.lines.length) continue
        place.setAttribute('aria-label', c.label)
        const sub = this.el.querySelector(`[data-chart-sub="${c.id}"]`)
        if (sub) sub.textContent = c.sub
        this.figures.set(c.id, c)
        const old = this.charts.get(c.id)
        if (!old) { this.near.observe(place); continue }
        if (old.data.lines.length === c.lines.length && !old.data.lines[0].max === !c.lines[0].max) { old.show(c); continue }
        old.end()
        this.charts.delete(c.id)
        this.make(place)
      }
      const words = this.el.querySelector('[data-chart-span]')
      // The server has written the first already, unless somebody is in another zone, or was quicker.
      const same = this.drawn?.range === set.range && this.drawn.offset === -60 * new Date(set.to * 1000).getTimezoneOffset()
      if (words && !same) words.textContent = span(set.from, set.to)
      this.drawn = null
      for (const a of this.el.querySelectorAll('[data-chart-range]')) {
        const on = a.dataset.chartRange === set.range
        a.classList.toggle('bg-base-content/14', on)
        a.classList.toggle('text-muted', !on)
        on ? a.setAttribute('aria-current', 'true') : a.removeAttribute('aria-current')
      }
      const back = this.el.querySelector('[data-chart-back]')
      if (back) back.hidden = set.range !== ''
      this.el.dataset.range = set.range
      this.el.dataset.shown = String(+(this.el.dataset.shown ?? 0) + 1)
      this.table()
    }

    // come makes charts that somebody is near to. Making one takes long on a phone: what else waits comes in between.
    async come(seen) {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue
        this.near.unobserve(target)
        await pause()
        this.make(target)
      }
    }
    make(place) {
      const c = this.figures.get(place.dataset.chart)
      if (c && !this.charts.has(c.id)) this.charts.set(c.id, new Chart(this, place, c))
    }
    makeAll() { for (const place of this.el.querySelectorAll('[data-chart]')) this.make(place) }

    async table() {
      const details = this.el.querySelector('[data-chart-table]')
      const want = this.query() + this.to
      if (!details?.open || details.dataset.of === want) return
      this.asked?.abort()
      const { signal } = this.asked = new AbortController()
      const answer = await fetch(this.el.dataset.charts + '?as=table&' + this.query(), { signal }).catch(() => null)
      const text = answer?.ok ? await answer.text().catch(() => '') : ''
      if (!text || signal.aborted) return
      details.dataset.of = want
      const page = new DOMParser().parseFromString(text, 'text/html')
      const fresh = page.body.firstElementChild, old = details.querySelector('[role=region]')
      if (fresh && old) old.replaceChildren(...fresh.childNodes)
    }

    // now takes the newest sample of the live page.
    now({ at, values, words }) {
      for (const [id, text] of Object.entries(words)) {
        const place = this.el.querySelector(`[data-now="${id}"]`)
        if (place && place.textContent !== text) place.textContent = text
      }
      if (this.range !== 'live') return
      for (const [id, d] of this.figures) {
        if (d.step > 2 || !(id in words)) continue
        const mean = d.lines[0].mean, end = d.from + mean.length * d.step
        const steps = Math.round((at - end) / d.step) // missed ones are gaps
        if (steps < 1) continue
        for (let i = 1; i < Math.min(steps, mean.length); i++) mean.push(null)
        mean.push(values[id] ?? null)
        mean.splice(0, mean.length - LIVE / d.step)
        d.from = at - mean.length * d.step
        this.newest = at
        this.charts.get(id)?.show(d)
      }
    }
    paint() { for (const c of this.charts.values()) c.plot.redraw(false, true) }
  }

  // ---- the page ----

  const sections = [...document.querySelectorAll('[data-charts]')].map(el => new Section(el))
  addEventListener('popstate', () => { for (const s of sections) s.follow() })
  const repaint = () => { chartLook.forget(); for (const s of sections) s.paint() }
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint)
  document.fonts?.ready.then(repaint)
  addEventListener('beforeprint', () => { for (const s of sections) s.makeAll() })
  document.addEventListener('visibilitychange', () => { if (!document.hidden) for (const s of sections) if (s.range) s.ask() })

  const news = document.querySelector('[data-chart-now]')
  if (news) {
    const read = () => {
      try { const n = JSON.parse(document.getElementById(news.id)?.dataset.chartNow ?? 'null'); if (n) for (const s of sections) s.now(n) } catch { /* not ours */ }
    }
    new MutationObserver(read).observe(news.parentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-chart-now'] })
  }
}
