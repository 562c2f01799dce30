// The ends of a log in the page, and the gaps in it: rows that load what is beyond them when they come into sight.
'use strict'
// logEdges belongs to one viewer. Its insert(edge, found, forward) puts in rows that were found, its finish(edge,
// last, forward) knows that there are no more; away is aborted when the viewer ends.
const logEdges = ({ log, lines, away, insert, finish }) => {
  const { put } = logRows
  const loads = new Set()
  const watcher = new IntersectionObserver(seen => {
    for (const s of seen) if (s.isIntersecting) load(s.target)
  }, { root: log, rootMargin: '300px 0px' })
  const observe = () => { for (const el of lines.querySelectorAll(':scope > [data-older], :scope > [data-newer]')) watcher.observe(el) }

  // load reads on at an edge: a stream of JSON lines, with rows as they are found.
  const load = async el => {
    if ('busy' in el.dataset || !el.dataset.place) return
    el.dataset.busy = ''
    watcher.unobserve(el)
    const own = new AbortController(), forward = 'newer' in el.dataset, was = [...el.childNodes]
    loads.add(own)
    el.replaceChildren(document.getElementById('log-busy').content.cloneNode(true))
    el.querySelector('[data-stop-search]').addEventListener('click', e => { e.stopPropagation(); own.abort(); log.focus({ preventScroll: true }) })
    const url = new URL(log.dataset.more, location.href)
    url.searchParams.set('place', el.dataset.place)
    if (forward) url.searchParams.set('forward', '1')
    if ('gap' in el.dataset) url.searchParams.set('stop', el.dataset.stop)
    let last = null
    try {
      const answer = await logAsk(url, AbortSignal.any([own.signal, away.signal]))
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      for (let text = ''; ;) {
        const { value, done } = await reader.read()
        if (done) break
        const parts = (text + value).split('\n')
        text = parts.pop()
        for (const p of parts) {
          last = JSON.parse(p)
          found(el, last, forward)
        }
      }
    } catch (e) {
      if (!own.signal.aborted && !away.signal.aborted) last = { ...last, end: true, error: e.words || botswainWords('log-unreadable') }
    }
    loads.delete(own)
    if (!el.isConnected || away.signal.aborted) return
    delete el.dataset.busy
    el.replaceChildren(...was)
    if (last?.error) return put(el.querySelector('a'), last.error + ' ' + botswainWords('try-again'))
    if (own.signal.aborted) return put(el.querySelector('a'), botswainWords('go-on'))
    if (last?.done) return finish(el, last, forward)
    watcher.observe(el)
  }
  const searching = (m, forward) => {
    const share = Math.round(m.share * 100), at = m.at
    if (!at) return botswainWords('searching', { share })
    return forward ? botswainWords('searching-up', { at, share }) : botswainWords('searching-back', { at, share })
  }
  const found = (el, m, forward) => {
    if (!el.isConnected) return
    if (m.place) el.dataset.place = m.place
    put(el.querySelector('[data-words]'), 'picks' in log.dataset ? searching(m, forward) : botswainWords('loading'))
    insert(el, m, forward)
  }
  // putEdge sets the row at an end of the page that loads what is beyond a place.
  const putEdge = (kind, place) => {
    let el = lines.querySelector(`:scope > [data-${kind}]`)
    if (!el) {
      el = document.getElementById('log-' + kind).content.firstElementChild.cloneNode(true)
      if (kind === 'older') lines.prepend(el)
      else lines.append(el)
      watcher.observe(el)
    }
    el.dataset.place = place
  }
  lines.addEventListener('click', e => {
    const el = e.target.closest('.log-edge')
    if (!el || !e.target.closest('a') || e.ctrlKey || e.metaKey || ('all' in log.dataset && 'gap' in el.dataset)) return
    e.preventDefault()
    load(el)
  }, { signal: away.signal })
  const stop = () => { for (const l of loads) l.abort() }
  const end = () => { watcher.disconnect(); stop() }

  return { observe, put: putEdge, stop, end }
}
