// How charts write figures and times, in the language of the page, and how they get the colours of its theme.
'use strict'
const chartLook = (() => {
  const lang = { en: 'en-GB' }[document.documentElement.lang] ?? document.documentElement.lang // as the server writes days
  const write = botswainNumber
  const bytes = v => {
    let i = 0
    for (; Math.abs(v) >= 1000 && i < 5; i++) v /= 1024
    return write(v, +(i > 0 && v < 100)) + ' ' + 'B kB MB GB TB PB'.split(' ')[i]
  }
  const short = v => Math.abs(v) >= 1e6 ? write(v / 1e6, 1) + 'M' : Math.abs(v) >= 1e4 ? write(v / 1e3, 1) + 'k' : write(+v.toPrecision(4), 9)
  const units = {
    percent: v => botswainWords('percent', { n: write(v, +(v < 10)) }), bytes, rate: v => bytes(v) + '/s', celsius: v => v.toFixed(0) + ' °C', count: short, number: short,
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
  // A format is made when it is wanted, and once: the first one costs a phone much (see numbers.js).
  const made = new Map()
  const time = form => {
    const key = JSON.stringify(form)
    if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(lang, { ...form, hourCycle: form.hour && 'h23' }))
    return made.get(key)
  }
  const two = n => String(n).padStart(2, '0')
  const ofDay = (at, seconds) => {
    const d = new Date(at * 1000)
    return two(d.getHours()) + ':' + two(d.getMinutes()) + (seconds ? ':' + two(d.getSeconds()) : '')
  }
  const clock = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }
  const coarse = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }
  const when = (at, step) => time(step >= 3600 ? coarse : clock).format(at * 1000)
  const span = (from, to) => {
    const form = to - from > 2 * 86400 ? { day: 'numeric', month: 'long', year: 'numeric' } : { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }
    return time(form).formatRange(from * 1000, to * 1000)
  }
  const axisTimes = { // uPlot's own have English months and AM
    make: values => {
      const all = values[values.length - 1] - values[0]
      if (all <= 2 * 86400) return values.map(v => ofDay(v, all <= 600))
      const form = all > 60 * 86400 ? { month: 'short', year: '2-digit' } : { day: 'numeric', month: 'short' }
      return values.map(v => time(form).format(v * 1000))
    },
  }

  return { color, theme, units, short, when, span, axisTimes, forget: () => computed.clear() }
})()
