// The log viewer: follows new lines, keeps the place while others are loaded above or below, never shows a
// line twice or joins lines that don't belong together. Lines have data-seq, which grows by one for each bot.
// loglines.js adds what a person does with single lines, and the filter.
'use strict'
{
  const MOST = 5_000 // lines in the page
  const SPARE = 600 // more than that while somebody reads the history
  const FRAME = 50 // milliseconds between two drawings, at least
  const live = window.botswainLive
  const root = document.documentElement
  const number = n => n.toLocaleString('en')
  const isRow = el => el?.classList?.contains('log-line')
  const rowsIn = el => isRow(el) ? [el] : el?.classList?.contains('log-fold') ? [...el.querySelectorAll('.log-line')] : []
  const countIn = el => isRow(el) ? 1 : el?.classList?.contains('log-fold') ? el.childElementCount : 0
  const seqOf = row => Number(row.dataset.seq)
  const parse = html => {
    const t = document.createElement('template')
    t.innerHTML = html
    return t.content
  }

  const mount = log => {
    const lines = document.getElementById('log-lines')
    const back = document.getElementById('log-return')
    const all = 'all' in log.dataset // lines of several bots
    const hit = lines.querySelector('[data-hit]')
    const away = new AbortController() // ends with this viewer
    const on = (target, name, handle, options) => target.addEventListener(name, handle, { ...options, signal: away.signal })
    const newest = new Map() // the last seq of each bot
    let cursor = Number(log.dataset.cursor) || 0
    let detached = 'detached' in log.dataset // the page's last line is not the newest
    let following = !detached && !hit
    let count = 0
    let unseen = 0
    let heard = 0 // lines since the rate was shown
    let top = 0 // where the scroller was when we last looked: a person's scrolling is what differs
    let resyncAt = 0

    const remember = row => {
      const of = row.dataset.bot ?? ''
      if (seqOf(row) > (newest.get(of) ?? 0)) newest.set(of, seqOf(row))
    }
    const recount = () => {
      const rows = lines.querySelectorAll('.log-line')
      count = rows.length
      rows.forEach(remember)
    }
    // Where to read on beyond a row, as the server writes places.
    const placeOf = row => all ? `${row.dataset.at}.${row.dataset.bot}.${row.dataset.seq}` : row.dataset.seq

    // ---- scrolling ----

    const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 12
    const toBottom = () => { log.scrollTop = log.scrollHeight; top = log.scrollTop }
    const put = (el, text) => { if (el && el.textContent !== text) el.textContent = text }
    const show = () => {
      back.hidden = following
      put(back.querySelector('[data-count]'), unseen > 0 ? `${number(unseen)} new ${unseen === 1 ? 'line' : 'lines'}` : 'Newest lines')
      document.getElementById('log-follow')?.setAttribute('aria-pressed', String(following))
      log.dataset.following = String(following)
      document.getElementById('log-empty').hidden = count > 0
    }
    const follow = async want => {
      following = want
      if (want) {
        unseen = 0
        if (detached) await renew()
        trim(true)
        toBottom()
      }
      show()
    }
    on(log, 'scroll', () => {
      const by = log.scrollTop - top
      top = log.scrollTop
      if (following && by < -2 && !atBottom()) follow(false)
      else if (!following && by > 2 && !detached && !queued && atBottom()) follow(true)
    }, { passive: true })
    on(window, 'resize', () => { if (following) toBottom() })
    on(back, 'click', () => { follow(true); log.focus({ preventScroll: true }) })

    // ---- stack traces ----

    // fold puts a row into the trace above it, when it follows right on.
    const fold = (above, row) => {
      const before = isRow(above) ? above : rowsIn(above).at(-1)
      if (!before || seqOf(before) !== seqOf(row) - 1 || before.dataset.bot !== row.dataset.bot) return null
      let trace = above
      if (isRow(above)) {
        trace = document.createElement('details')
        trace.className = 'log-fold'
        const head = document.createElement('summary')
        head.tabIndex = -1
        above.replaceWith(trace)
        head.append(above)
        trace.append(head)
        const more = document.createElement('span')
        more.className = 'log-more'
        above.querySelector('.log-text').append(' ', more)
      }
      trace.append(row)
      const n = trace.childElementCount - 1
      trace.querySelector('summary .log-more').textContent = n === 1 ? '+1 line' : `+${n} lines`
      return trace
    }
    // stitch puts the open rows that begin with first to what is above them.
    const stitch = first => {
      while (isRow(first) && 'joins' in first.dataset) {
        const next = first.nextElementSibling
        if (!fold(first.previousElementSibling, first)) return
        first = next
      }
    }

    // ---- new lines ----

    let queue = [] // elements that wait for the next drawing
    let queued = 0 // rows among them
    let drawn = 0 // when that was
    let due = false

    // receive takes a batch from the stream. What is there already is left out; what doesn't follow on is
    // asked for again from our last line.
    const receive = fragment => {
      const batch = fragment.querySelector('[data-batch]')
      if (!batch) return
      const from = Number(batch.dataset.from ?? cursor), to = Number(batch.dataset.to)
      if (!all && to <= cursor) return
      if (!all && cursor > 0 && from > cursor && !batch.querySelector(':scope > [data-gap]')) return detached ? undefined : resync()
      cursor = Math.max(cursor, to)
      for (const el of [...batch.children]) {
        if (el.dataset.older !== undefined || el.dataset.newer !== undefined) continue
        const rows = rowsIn(el)
        const fresh = rows.filter(r => seqOf(r) > (newest.get(r.dataset.bot ?? '') ?? 0))
        if (rows.length && !fresh.length) continue
        rows.forEach(remember)
        queue.push(...(fresh.length === rows.length ? [el] : fresh))
        queued += fresh.length
        heard += fresh.length
      }
      soon()
    }
    // While the tab is hidden there are no frames, and nothing to draw.
    const soon = () => {
      if (due || !queue.length) return
      due = true
      const wait = FRAME - (performance.now() - drawn)
      const frame = () => requestAnimationFrame(() => { due = false; if (!away.signal.aborted) draw() })
      if (wait > 4) setTimeout(frame, wait - 4)
      else frame()
    }
    const draw = () => {
      drawn = performance.now()
      const fresh = queue, n = queued
      queue = []
      queued = 0
      if (detached || (!following && count + n > MOST)) {
        detached = true
        unseen += n
        return show()
      }
      // More than the page holds: what would go at once isn't even put in.
      let over = n - MOST
      if (over > 0) {
        lines.replaceChildren()
        count = 0
        while (over > 0 && fresh.length > 1) over -= countIn(fresh.shift())
      }
      const first = fresh[0]
      const some = document.createDocumentFragment()
      some.append(...fresh)
      for (const el of fresh) count += countIn(el)
      lines.append(some)
      stitch(first)
      if (following) { trim(true); toBottom() } else unseen += n
      show()
    }
    const resync = () => {
      if (Date.now() - resyncAt < 2000) return
      resyncAt = Date.now()
      live.reconnect()
    }

    // trim keeps the page small. What is cut off, above or below, can be loaded again.
    const trim = (above, most = MOST) => {
      if (count <= most) return
      const step = el => above ? el.nextElementSibling : el.previousElementSibling
      for (let el = above ? lines.firstElementChild : lines.lastElementChild; el && count > most;) {
        const gone = el
        el = step(el)
        if (gone.contains(document.activeElement)) log.focus({ preventScroll: true })
        count -= countIn(gone)
        gone.remove()
      }
      const rows = lines.querySelectorAll('.log-line')
      edge(above ? 'older' : 'newer', placeOf(above ? rows[0] : rows[rows.length - 1]))
      if (!above) detached = true
    }
    // edge is the row at an end of the page that loads what is beyond a place.
    const edge = (kind, place) => {
      let el = lines.querySelector(`:scope > [data-${kind}]`)
      if (!el) {
        el = document.getElementById('log-' + kind).content.firstElementChild.cloneNode(true)
        if (kind === 'older') lines.prepend(el)
        else lines.append(el)
        watcher.observe(el)
      }
      el.dataset.place = place
    }

    // renew begins anew with the newest lines.
    const renew = async () => {
      const answer = await fetch(log.dataset.tail, { headers: { 'HX-Request': 'true' }, signal: away.signal }).catch(() => null)
      if (!answer?.ok) return
      const batch = parse(await answer.text()).querySelector('[data-batch]')
      for (const l of loads) l.abort()
      queue = []
      queued = 0
      newest.clear()
      lines.replaceChildren(...batch.children)
      recount()
      cursor = Number(batch.dataset.to)
      detached = false
      observe()
      live.reconnect() // the stream goes on from the line that is the last now
    }

    // ---- lines above and below ----

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
        const answer = await fetch(url, { headers: { 'HX-Request': 'true' }, signal: AbortSignal.any([own.signal, away.signal]) })
        if (answer.status === 401) return location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
        if (!answer.ok) throw new Error('status ' + answer.status)
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
        for (let text = ''; ;) {
          const { value, done } = await reader.read()
          if (done) break
          const parts = (text + value).split('\n')
          text = parts.pop()
          for (const p of parts) {
            last = JSON.parse(p)
            insert(el, last, forward)
          }
        }
      } catch {
        if (!own.signal.aborted && !away.signal.aborted) last = { ...last, end: true, error: 'The log can’t be read now.' }
      }
      loads.delete(own)
      if (!el.isConnected || away.signal.aborted) return
      delete el.dataset.busy
      el.replaceChildren(...was)
      if (last?.error) return put(el.querySelector('a'), last.error + ' Try again')
      if (own.signal.aborted) return put(el.querySelector('a'), 'Go on')
      if (last?.done) return finish(el, last, forward)
      watcher.observe(el)
    }
    // insert puts found rows beyond the edge, and keeps what is being read where it is.
    const insert = (el, m, forward) => {
      if (!el.isConnected) return
      if (m.place) el.dataset.place = m.place
      put(el.querySelector('[data-words]'), 'picks' in log.dataset ? `Searching ${m.at ? (forward ? 'up to ' : 'back to ') + m.at : '…'} (${Math.round(m.share * 100)} %)` : 'Loading…')
      if (!m.html) return
      const some = parse(m.html), put_ = [...some.children], height = log.scrollHeight
      for (const x of put_) count += countIn(x)
      const below = el.nextElementSibling
      if (forward) el.before(some)
      else el.after(some)
      stitch(forward ? put_[0] : below)
      if (forward) put_.forEach(x => rowsIn(x).forEach(remember))
      else if (following) toBottom()
      else { log.scrollTop += log.scrollHeight - height; top = log.scrollTop }
      // Room for what was loaded: what is furthest away goes.
      if (count > MOST + SPARE) {
        const before = log.scrollHeight
        if (forward) {
          trim(true, MOST)
          log.scrollTop -= before - log.scrollHeight
          top = log.scrollTop
        } else if (!following) trim(false, MOST)
      }
      show()
    }
    const finish = (el, m, forward) => {
      el.remove()
      if (forward) { // the end of the log: live lines go on from here
        detached = false
        cursor = m.to
        live.reconnect()
      } else if (!count && 'picks' in log.dataset) put(document.getElementById('log-empty'), 'No line of this log passes the filter. New ones that do appear here.')
      show()
    }
    on(lines, 'click', e => {
      const el = e.target.closest('.log-edge')
      if (!el || !e.target.closest('a') || e.ctrlKey || e.metaKey || (all && 'gap' in el.dataset)) return
      e.preventDefault()
      load(el)
    })

    // While nothing comes in, the log says so.
    const lostRow = document.getElementById('log-lost')
    on(document, 'live:mode', e => {
      const gone = e.detail.mode === 'waiting' || e.detail.mode === 'offline'
      if (gone && lostRow.hidden) lostRow.querySelector('[data-lost-at]').textContent = new Date().toTimeString().slice(0, 8)
      lostRow.hidden = !gone
      if (following) toBottom()
    })

    const rate = setInterval(() => {
      put(document.getElementById('log-rate'), heard ? `${number(heard)} ${heard === 1 ? 'line' : 'lines'} a second` : '')
      put(document.getElementById('log-shown'), count ? `${number(count)} ${count === 1 ? 'line' : 'lines'} shown` : '')
      heard = 0
    }, 1000)
    away.signal.addEventListener('abort', () => { clearInterval(rate); watcher.disconnect(); for (const l of loads) l.abort() })

    recount()
    observe()
    if (hit) {
      const trace = hit.closest('details')
      if (trace) trace.open = true
      hit.scrollIntoView({ block: 'center' })
      top = log.scrollTop
    } else if (detached && lines.querySelector(':scope > [data-older]') && !new URLSearchParams(location.search).has('after')) toBottom()
    else if (!detached) toBottom()
    show()
    return {
      log, lines, receive, follow, placeOf, all,
      cursor: () => detached ? null : cursor || null,
      following: () => following,
      toBottom,
      leave: () => away.abort(),
    }
  }

  // ---- the viewer of the page; a filter brings another ----

  let view = null
  const current = () => {
    const log = document.getElementById('log')
    if (view?.log !== log) {
      view?.leave()
      view = log ? mount(log) : null
      document.dispatchEvent(new CustomEvent('log:view', { detail: view }))
    }
    return view
  }
  window.botswainLog = current
  if (live && document.getElementById('log')) {
    live.cursor = () => current()?.cursor() ?? null
    document.addEventListener('htmx:before:swap', e => {
      const { tasks } = e.detail
      for (let i = tasks.length - 1; i >= 0; i--) {
        if (tasks[i].target?.id === 'log-lines' && tasks[i].swapSpec.style === 'beforeend') {
          // Not by htmx: it would look for its attributes in each of hundreds of lines.
          current()?.receive(tasks.splice(i, 1)[0].fragment)
        }
      }
    })
    document.addEventListener('htmx:after:swap', current)

    // How lines are shown is kept; theme.js sets it before the first paint.
    const kept = (name, value) => { try { localStorage.setItem(name, value) } catch { /* storage is off: it lasts as long as the page */ } }
    const pressed = () => {
      document.getElementById('log-wrap')?.setAttribute('aria-pressed', String('logWrap' in root.dataset))
      document.getElementById('log-times')?.setAttribute('aria-pressed', String(root.dataset.logTimes !== 'off'))
      if (current()?.following()) view.toBottom()
    }
    const keys = {
      f: () => current()?.follow(!view.following()),
      w: () => {
        if ('logWrap' in root.dataset) delete root.dataset.logWrap
        else root.dataset.logWrap = 'on'
        kept('log-wrap', root.dataset.logWrap ?? 'off')
        pressed()
      },
      t: () => {
        if (root.dataset.logTimes === 'off') delete root.dataset.logTimes
        else root.dataset.logTimes = 'off'
        kept('log-times', root.dataset.logTimes ?? 'on')
        pressed()
      },
    }
    document.addEventListener('click', e => {
      const b = e.target.closest?.('#log-follow, #log-wrap, #log-times')
      if (b) keys[{ 'log-follow': 'f', 'log-wrap': 'w', 'log-times': 't' }[b.id]]()
    })
    document.addEventListener('keydown', e => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.target.closest('input,textarea,select,[contenteditable],dialog[open]')) return
      keys[e.key]?.()
    })
    current()
    pressed()
  }
}
