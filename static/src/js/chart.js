// Puts live charts (uPlot) in the place of the server's pictures: zoom by drag, read-out, marks, both
// themes. A section with data-charts says where its figures are to be had as JSON; all words come from
// there. The table below follows when it is open. Without this script the pictures and links stay.
'use strict'
{
  const WORST = 300_000, BEST = 15_000 // ms between two questions for newer figures
  const LIVE = 180 // seconds

  // ---- words and colours ----

  const lang = { en: 'en-GB' }[document.documentElement.lang] ?? document.documentElement.lang // as the server writes days
  const write = (v, maximumFractionDigits, style) => v.toLocaleString(lang, { maximumFractionDigits, style })
  const bytes = v => {
    let i = 0
    for (; Math.abs(v) >= 1000 && i < 5; i++) v /= 1024
    return write(v, +(i > 0 && v < 100)) + ' ' + 'B kB MB GB TB PB'.split(' ')[i]
  }
  const short = v => Math.abs(v) >= 1e6 ? write(v / 1e6, 1) + 'M' : Math.abs(v) >= 1e4 ? write(v / 1e3, 1) + 'k' : write(+v.toPrecision(4), 9)
  const units = {
    percent: v => write(v / 100, +(v < 10), 'percent'), bytes, rate: v => bytes(v) + '/s', celsius: v => v.toFixed(0) + ' °C', count: short, number: short,
  }
  const probe = document.createElement('span')
  probe.hidden = true
  document.documentElement.append(probe)
  // The canvas gets colours as the browser computes them, so any expression of a theme will do.
  const computed = new Map()
  const color = (name, share = 100) => {
    const key = name + share
    if (!computed.has(key)) {
      probe.style.color = share === 100 ? `var(${name})` : `color-mix(in oklab, var(${name}) ${share}%, transparent)`
      computed.set(key, getComputedStyle(probe).color)
    }
    return computed.get(key)
  }
  const theme = name => '--color-' + name
  const clock = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
  const coarse = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const when = (at, step) => (step >= 3600 ? coarse : clock).format(at * 1000)
  const span = (from, to) => {
    const form = to - from > 2 * 86400 ? { day: 'numeric', month: 'long', year: 'numeric' } : { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }
    return new Intl.DateTimeFormat(lang, { ...form, hourCycle: form.hour && 'h23' }).formatRange(from * 1000, to * 1000)
  }
  const axisTimes = { // uPlot's own have English months and AM
    make: values => {
      const all = values[values.length - 1] - values[0]
      const form = all > 60 * 86400 ? { month: 'short', year: '2-digit' } : all > 2 * 86400 ? { day: 'numeric', month: 'short' }
        : all <= 600 ? { hour: '2-digit', minute: '2-digit', second: '2-digit' } : { hour: '2-digit', minute: '2-digit' }
      const f = new Intl.DateTimeFormat(lang, { ...form, hourCycle: 'h23' })
      return values.map(v => f.format(v * 1000))
    },
  }

  // ---- one chart ----

  const nice = (v, binary) => {
    if (!(v > 0)) return 4
    const base = binary ? 2 ** Math.floor(Math.log2(v / 4)) : 10 ** Math.floor(Math.log10(v / 4))
    return 4 * base * ((binary ? [1, 2] : [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10]).find(m => 4 * base * m >= v) ?? 10)
  }
  const binary = unit => unit === 'bytes' || unit === 'rate'

  const topOf = c => {
    let top = c.top
    for (const l of c.lines) for (const v of l.max ?? l.mean) if (v > top) top = v
    for (const l of c.limits ?? []) if (l.value < 4 * top) top = Math.max(top, l.value * 1.05)
    return nice(top, binary(c.unit))
  }

  // Columns for uPlot: times, then for each line mean, and least and largest where there is a band.
  const columns = c => {
    const times = c.lines[0].mean.map((_, i) => c.from + (i + (c.kind === 'bars' ? 0 : 0.5)) * c.step)
    const out = [times]
    for (const l of c.lines) {
      out.push(l.mean)
      if (l.max) out.push(l.max, l.min)
    }
    return out
  }

  class Chart {
    constructor(section, place, data) {
      this.section = section
      this.place = place
      this.data = data
      this.plot = new uPlot(this.options(), columns(data), (u, draw) => {
        this.box = document.createElement('div')
        this.box.className = 'chart-live'
        this.box.setAttribute('aria-hidden', 'true')
        this.box.append(u.root)
        place.querySelector('[data-chart-static]')?.setAttribute('hidden', '')
        place.append(this.box)
        draw()
        u.over.addEventListener('mouseenter', () => { this.inside = true })
        u.over.addEventListener('mouseleave', () => { this.inside = false })
      })
      this.watch = new ResizeObserver(() => this.resize())
      this.watch.observe(place)
    }

    resize() {
      const width = this.place.clientWidth
      if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.height() })
    }
    height() { return this.place.dataset.minor === undefined ? 190 : 136 }

    options() {
      const c = this.data, write = units[c.unit] ?? short, bars = c.kind === 'bars'
      const series = [{}]
      const bands = []
      for (const l of c.lines) {
        const name = theme(l.color)
        series.push({
          label: l.name, stroke: () => color(name), width: bars ? 0 : 1.5,
          fill: bars ? () => color(name, 80) : c.lines.length === 1 ? () => color(name, 12) : undefined,
          paths: bars ? uPlot.paths.bars({ size: [0.8, 24], align: 1 }) : undefined,
          // A value between two gaps has no line: it is a dot.
          points: bars ? { show: false } : { show: true, size: 4, fill: () => color(name), filter: (u, i) => alone(u.data[i]) },
        })
        if (l.max) {
          const at = series.length
          series.push({ width: 0, points: { show: false } }, { width: 0, points: { show: false } })
          bands.push({ series: [at, at + 1], fill: () => color(name, 20) })
        }
      }
      const axis = { stroke: () => color('--subtle'), font: '11px "Inter Variable", sans-serif', ticks: { show: false }, grid: { stroke: () => color('--line'), width: 1 } }
      return {
        width: Math.max(200, this.place.clientWidth), height: this.height(), series, bands, padding: [8, 6, 0, 0], legend: { show: false },
        scales: { x: { time: true, range: () => this.section.window(c) }, y: { range: () => [0, topOf(this.data)] } },
        axes: [
          { ...axis, size: 26, space: 70, grid: { show: false }, values: (u, values) => axisTimes.make(values) },
          { ...axis, size: (u, values) => Math.max(40, ...(values ?? []).map(v => String(v).length * 6.4 + 10)), splits: u => [0, 1, 2, 3, 4].map(i => u.scales.y.max * i / 4), values: (u, values) => values.map(write) },
        ],
        cursor: { sync: { key: this.section.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { size: 7, fill: (u, i) => series[i].stroke ? series[i].stroke() : '#0000' } },
        hooks: {
          drawAxes: [u => this.limits(u)], draw: [u => bars || this.marks(u)],
          setCursor: [u => this.read(u)], setSelect: [u => this.select(u)],
        },
      }
    }

    // dashed draws a line across the plot.
    dashed(u, stroke, dash, x0, y0, x1, y1) {
      const k = devicePixelRatio
      u.ctx.save()
      u.ctx.strokeStyle = stroke
      u.ctx.lineWidth = k
      u.ctx.setLineDash(dash.map(d => d * k))
      u.ctx.beginPath()
      u.ctx.moveTo(x0, y0)
      u.ctx.lineTo(x1, y1)
      u.ctx.stroke()
      u.ctx.restore()
    }
    limits(u) {
      for (const l of this.data.limits ?? []) {
        if (l.value > u.scales.y.max) continue
        const y = u.valToPos(l.value, 'y', true), { left, width } = u.bbox
        this.dashed(u, color('--color-error'), [5, 5], left, y, left + width, y)
        u.ctx.save()
        u.ctx.font = `${11 * devicePixelRatio}px "Inter Variable", sans-serif`
        u.ctx.fillStyle = color('--color-error')
        u.ctx.textAlign = 'right'
        u.ctx.fillText(l.label, left + width - 4 * devicePixelRatio, y + 14 * devicePixelRatio)
        u.ctx.restore()
      }
    }
    marks(u) {
      const { left, top, width, height } = u.bbox
      for (const m of this.section.marks) {
        const x = u.valToPos(m.at, 'x', true)
        if (x < left || x > left + width) continue
        const ink = color({ crash: '--color-error', deploy: '--color-info' }[m.kind] ?? '--subtle')
        this.dashed(u, ink, [2, 3], x, top, x, top + height)
        const s = 4 * devicePixelRatio
        u.ctx.fillStyle = ink
        u.ctx.beginPath()
        u.ctx.moveTo(x - s, top)
        u.ctx.lineTo(x + s, top)
        u.ctx.lineTo(x, top + s * 1.4)
        u.ctx.fill()
      }
    }

    // read shows what is under the cursor.
    read(u) {
      const { idx, left } = u.cursor
      const tip = this.tip ??= this.box.appendChild(Object.assign(document.createElement('div'), { className: 'chart-tip', hidden: true }))
      if (idx == null || left < 0 || !this.inside) { tip.hidden = true; return }
      const c = this.data, write = units[c.unit] ?? short
      const rows = [when(u.data[0][idx], c.step)]
      for (const l of c.lines) {
        const v = l.mean[idx]
        const name = c.lines.length > 1 ? l.name + ' ' : ''
        if (v == null) rows.push(name + '–')
        else rows.push(name + write(v) + (l.max && l.max[idx] > l.min[idx] ? ` (${write(l.min[idx])} – ${write(l.max[idx])})` : ''))
      }
      if (c.kind !== 'bars') for (const m of this.section.marks) if (Math.abs(u.valToPos(m.at, 'x') - left) < 6) rows.push(m.text)
      tip.replaceChildren(...rows.map((text, i) => Object.assign(document.createElement(i ? 'b' : 'span'), { textContent: text })))
      tip.hidden = false
      const x = left + u.bbox.left / devicePixelRatio, room = this.box.clientWidth
      tip.style.left = Math.max(0, Math.min(x + 12, room - tip.offsetWidth)) + 'px'
      if (x + 12 + tip.offsetWidth > room) tip.style.left = Math.max(0, x - 12 - tip.offsetWidth) + 'px'
    }

    select(u) {
      if (u.select.width < 6) return
      const from = Math.floor(u.posToVal(u.select.left, 'x')), to = Math.ceil(u.posToVal(u.select.left + u.select.width, 'x'))
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
      if (to - from >= 10) this.section.zoom(from, to)
    }

    show(data) {
      this.data = data
      this.plot.setData(columns(data))
      this.plot.redraw(false, true)
    }
    end() { this.watch.disconnect(); this.plot.destroy(); this.box.remove(); this.place.querySelector('[data-chart-static]')?.removeAttribute('hidden') }
  }

  const alone = values => {
    const out = []
    for (let i = 0; i < values.length; i++) if (values[i] != null && values[i - 1] == null && values[i + 1] == null) out.push(i)
    return out
  }

  // ---- a section of charts ----

  class Section {
    constructor(el) {
      this.el = el
      this.key = el.id
      this.charts = new Map()
      this.marks = []
      this.range = el.dataset.range // '' when from and to were chosen by hand
      this.from = +el.dataset.from
      this.to = +el.dataset.to
      this.home = el.dataset.home ?? '1h'
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
      this.ask()
    }
    follow() {
      const q = new URLSearchParams(location.search)
      this.range = q.has('from') ? '' : q.get('range') ?? this.home
      if (this.range) this.first = this.range
      if (!this.range) { this.from = +q.get('from'); this.to = +q.get('to') }
      this.ask()
    }

    async ask() {
      clearTimeout(this.timer)
      this.question?.abort()
      const question = this.question = new AbortController()
      try {
        const answer = await fetch(this.el.dataset.charts + '?' + this.query(), { signal: question.signal, headers: { Accept: 'application/json' } })
        if (answer.ok) this.show(await answer.json())
      } catch { /* the connection indicator says why; it is asked again */ }
      if (!question.signal.aborted) this.later()
    }
    // A span that was chosen by hand doesn't move.
    later() {
      if (!this.range || this.still || !this.el.isConnected) return
      const step = Math.min(...[...this.charts.values()].map(c => c.data.step), Infinity)
      const wait = Math.min(WORST, Math.max(BEST, (Number.isFinite(step) ? step : 0) * 1000))
      this.timer = setTimeout(() => document.hidden ? this.later() : this.ask(), wait)
    }

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
        const old = this.charts.get(c.id)
        if (old && old.data.lines.length === c.lines.length && !old.data.lines[0].max === !c.lines[0].max) old.show(c)
        else { old?.end(); this.charts.set(c.id, new Chart(this, place, c)) }
      }
      const words = this.el.querySelector('[data-chart-span]')
      if (words) words.textContent = span(set.from, set.to)
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

    async table() {
      const details = this.el.querySelector('[data-chart-table]')
      const want = this.query() + this.to
      if (!details?.open || details.dataset.of === want) return
      details.dataset.of = want
      const answer = await fetch(this.el.dataset.charts + '?as=table&' + this.query()).catch(() => null)
      if (!answer?.ok) return
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const fresh = page.body.firstElementChild, old = details.querySelector('[role=region]')
      if (fresh && old) old.replaceChildren(...fresh.childNodes)
    }

    // now takes the newest sample of the live page.
    now({ at, values, words }) {
      for (const [id, text] of Object.entries(words)) {
        const place = this.el.querySelector(`[data-now="${id}"]`)
        if (place && place.textContent !== text) place.textContent = text
      }
      if (this.range !== 'live' || !this.charts.size) return
      for (const [id, c] of this.charts) {
        if (c.data.step > 2 || !(id in words)) continue
        const d = c.data, mean = d.lines[0].mean, end = d.from + mean.length * d.step
        const steps = Math.round((at - end) / d.step) // missed ones are gaps
        if (steps < 1) continue
        for (let i = 1; i < Math.min(steps, mean.length); i++) mean.push(null)
        mean.push(values[id] ?? null)
        mean.splice(0, mean.length - LIVE / d.step)
        d.from = at - mean.length * d.step
        this.newest = at
        c.show(d)
      }
    }
    paint() { for (const c of this.charts.values()) c.plot.redraw(false, true) }
  }

  // ---- the page ----

  const sections = [...document.querySelectorAll('[data-charts]')].map(el => new Section(el))
  addEventListener('popstate', () => { for (const s of sections) s.follow() })
  const repaint = () => { computed.clear(); for (const s of sections) s.paint() }
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint)
  document.fonts?.ready.then(repaint)
  document.addEventListener('visibilitychange', () => { if (!document.hidden) for (const s of sections) if (s.range) s.ask() })

  const news = document.querySelector('[data-chart-now]')
  if (news) {
    const read = () => {
      try { const n = JSON.parse(document.getElementById(news.id)?.dataset.chartNow ?? 'null'); if (n) for (const s of sections) s.now(n) } catch { /* not ours */ }
    }
    new MutationObserver(read).observe(news.parentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-chart-now'] })
  }
}
