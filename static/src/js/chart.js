// One live chart (uPlot) in the place of the server's picture: zoom by drag, read-out, marks, limits. Its section
// (charts.js) has window(data) for the times that are shown, zoom(from, to), the marks, and a key that its
// charts share their cursor by.
'use strict'
const Chart = (() => {
  const { color, theme, units, short, when, axisTimes } = chartLook

  const END = 6 // pixels beyond the plot

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

  // whole leaves out a label at the end that the picture would cut off.
  const whole = (u, values, labels) => {
    const { min, max } = u.scales.x, last = values.length - 1
    const room = (max - values[last]) / (max - min) * u.bbox.width / devicePixelRatio + END
    return u.bbox.width && labels[last]?.length * 3.2 > room ? labels.with(last, '') : labels
  }

  const alone = values => {
    const out = []
    for (let i = 0; i < values.length; i++) if (values[i] != null && values[i - 1] == null && values[i + 1] == null) out.push(i)
    return out
  }

  return class Chart {
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
        width: Math.max(200, this.place.clientWidth), height: this.height(), series, bands, padding: [8, END, 0, 0], legend: { show: false },
        scales: { x: { time: true, range: () => this.section.window(c) }, y: { range: () => [0, topOf(this.data)] } },
        axes: [
          { ...axis, size: 26, space: 70, grid: { show: false }, values: (u, values) => whole(u, values, axisTimes.make(values)) },
          { ...axis, size: (u, values) => Math.max(40, ...(values ?? []).map(v => String(v).length * 6.4 + 10)), splits: u => [0, 1, 2, 3, 4].map(i => u.scales.y.max * i / 4), values: (u, values) => values.map(write) },
        ],
        cursor: { sync: { key: this.section.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { size: 7, fill: (u, i) => series[i].stroke ? series[i].stroke() : '#0000' } },
        hooks: {
          drawAxes: [u => this.limits(u)], draw: [u => this.labels(u), u => bars || this.marks(u)],
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
      }
    }
    // labels names the limits, above what is drawn.
    labels(u) {
      const k = devicePixelRatio, { left, width } = u.bbox
      u.ctx.save()
      Object.assign(u.ctx, { font: `${11 * k}px "Inter Variable", sans-serif`, textAlign: 'right', lineJoin: 'round', lineWidth: 3 * k, strokeStyle: color('--color-base-100'), fillStyle: color('--color-error') })
      for (const l of this.data.limits ?? []) {
        if (l.value > u.scales.y.max) continue
        const at = [l.label, left + width - 4 * k, u.valToPos(l.value, 'y', true) + 14 * k]
        u.ctx.strokeText(...at)
        u.ctx.fillText(...at)
      }
      u.ctx.restore()
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
})()
