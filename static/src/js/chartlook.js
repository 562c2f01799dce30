// How charts write figures and times, in the language of the page, and how they get the colours of its theme.
'use strict'
const chartLook = (() => {
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

  return { color, theme, units, short, when, span, axisTimes, forget: () => computed.clear() }
})()
