// The log viewer: follows new lines, keeps the place while others are loaded above or below, never shows a
// line twice or joins lines that don't belong together. logrows.js says what lines are made of, logedges.js loads
// what is beyond the ends of the page, loglines.js adds what a person does with single lines, and the filter.
'use strict'
{
  const MOST = 5_000 // lines in the page
  const SPARE = 600 // more than that while somebody reads the history
  const BLOCK = 50 // lines in a block: those that can't be seen aren't laid out
  const FRAME = 50 // milliseconds between two drawings, at least
  const BUSY = 20 // milliseconds of one drawing after which the next batch waits for another
  const LATE = 2_000 // lines that wait for a page that follows, at most
  const FLOOD = 100 // lines a drawing, for a while, of which a page that follows shows no more than fit on the screen
  const live = window.botswainLive
  const root = document.documentElement
  const number = botswainNumber
  const { isRow, rowsIn, countIn, isBlock, rowsOf, seqOf, parse, put, stitch, guess, newestOf, HEIGHT } = logRows

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
    let failed = false // the newest lines were asked for and couldn't be had
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
      for (const b of lines.children) guess(b)
    }
    // Where to read on beyond a row, as the server writes places.
    const placeOf = row => all ? `${row.dataset.at}.${row.dataset.bot}.${row.dataset.seq}` : row.dataset.seq

    // ---- scrolling ----

    const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 12
    const toBottom = () => { log.scrollTop = log.scrollHeight; top = log.scrollTop }
    const show = () => {
      back.hidden = following
      put(back.querySelector('[data-count]'), failed ? botswainWords('log-unreadable') + ' ' + botswainWords('try-again') : unseen === 1 ? botswainWords('new-line') : unseen ? botswainWords('new-lines', { n: number(unseen) }) : botswainWords('newest-lines'))
      document.getElementById('log-follow')?.setAttribute('aria-pressed', String(following))
      log.dataset.following = String(following)
      document.getElementById('log-empty').hidden = count > 0
    }
    const follow = async want => {
      following = want
      failed = false
      if (want) {
        unseen = 0
        if (detached && !await renew()) {
          if (away.signal.aborted) return
          // The page isn't at the newest lines, so it mustn't look as if it were: the button stays.
          following = false
          failed = true
          put(document.getElementById('log-said'), botswainWords('log-unreadable'))
          return show()
        }
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

    // ---- new lines ----

    let queue = [] // batches that wait for the next drawing, as they came: { html } or { node }, and n lines
    let queued = 0 // lines among them
    let drawn = 0 // when that was
    let pressure = 0 // how many lines a drawing has, of late
    let due = false

    // receive takes a batch from the stream; it isn't parsed before it is drawn, for it may never be. What
    // doesn't follow on is asked for again from our last line.
    const receive = (batch, from, to, n, gap) => {
      if (!all && to <= cursor) return
      if (!all && cursor > 0 && from > cursor && !gap) return detached ? undefined : resync()
      cursor = Math.max(cursor, to)
      queue.push({ ...batch, n })
      queued += n
      heard += n
      if (!due) soon()
    }
    // While the tab is hidden there are no frames, and nothing to draw.
    const soon = () => {
      due = true
      const wait = FRAME - (performance.now() - drawn)
      const frame = () => requestAnimationFrame(() => { due = false; if (!away.signal.aborted) draw() })
      if (wait > 4) setTimeout(frame, wait - 4)
      else frame()
    }
    // fresh gives the parts of a batch that the page doesn't have.
    const fresh = ({ html, node }) => {
      const out = []
      for (const el of [...(node ?? parse(html).firstElementChild).children].flatMap(x => isBlock(x) ? [...x.children] : [x])) {
        if (el.dataset.older !== undefined || el.dataset.newer !== undefined) continue
        const rows = rowsIn(el)
        const some = rows.filter(r => seqOf(r) > (newest.get(r.dataset.bot ?? '') ?? 0))
        rows.forEach(remember)
        if (some.length === rows.length) out.push(el)
        else out.push(...some)
      }
      return out
    }
    // draw puts in what waits, as much as a frame has time for; the rest has the next one's. A page that is late has
    // no use for what it would cut off a moment later: it begins anew with the newest lines. Nor has one that follows
    // a flood, where lines come in faster than they could even be seen.
    const draw = () => {
      const before = drawn
      drawn = performance.now()
      pressure = drawn - before > 1000 ? 0 : pressure + (queued - pressure) / 10
      if (detached || (!following && count + queued > MOST)) {
        detached = true
        unseen += queued
        queue = []
        queued = 0
        return show()
      }
      const most = pressure > FLOOD ? Math.ceil(log.clientHeight / HEIGHT) + 10 : LATE
      const anew = following && queued >= most
      if (anew) {
        if (lines.contains(document.activeElement)) log.focus({ preventScroll: true })
        lines.replaceChildren()
        count = 0
        const some = Math.min(most, BLOCK * 10)
        while (queue.length > 1 && queued - queue[0].n >= some) queued -= queue.shift().n
        const [first] = queue
        queue[0] = newestOf(first, some - (queued - first.n))
        queued -= first.n - queue[0].n
      }
      const had = count
      do {
        const batch = queue.shift()
        queued -= batch.n
        const some = fresh(batch)
        append(some)
        if (some.length) stitch(some[0])
      } while (queue.length && (performance.now() - drawn < BUSY || anew && pressure > FLOOD))
      if (anew && count) edges.put('older', placeOf(lines.querySelector('.log-line')))
      if (following) { trim(true); toBottom() } else unseen += Math.max(0, count - had)
      show()
      if (queue.length) soon()
    }
    // append puts rows at the end, in blocks.
    const append = fresh => {
      const some = document.createDocumentFragment()
      let block = isBlock(lines.lastElementChild) ? lines.lastElementChild : null
      let size = block ? rowsOf(block) : 0
      let into = [] // for the present block
      const close = () => { block?.append(...into); into = [] }
      for (const el of fresh) {
        const n = countIn(el)
        count += n
        if (!n) { // a gap stands between blocks
          close()
          block = null
          some.append(el)
          continue
        }
        if (!block || size >= BLOCK) {
          close()
          block = document.createElement('div')
          block.className = 'log-block'
          size = 0
          some.append(block)
        }
        into.push(el)
        size += n
      }
      close()
      const last = lines.lastElementChild
      lines.append(some)
      for (let el = lines.lastElementChild; el && el !== last?.previousElementSibling; el = el.previousElementSibling) guess(el)
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
        count -= rowsOf(gone)
        gone.remove()
      }
      const rows = [...lines.children].filter(isBlock).at(above ? 0 : -1)?.querySelectorAll('.log-line')
      if (rows?.length) edges.put(above ? 'older' : 'newer', placeOf(above ? rows[0] : rows[rows.length - 1]))
      if (!above) detached = true
    }
    // renew begins anew with the newest lines, and says whether it could.
    const renew = async () => {
      const text = await logAsk(log.dataset.tail, away.signal).then(a => a.text()).catch(() => '')
      const batch = parse(text).querySelector('[data-batch]')
      if (!batch || away.signal.aborted) return false
      edges.stop()
      queue = []
      queued = 0
      newest.clear()
      lines.replaceChildren(...batch.children)
      recount()
      cursor = Number(batch.dataset.to)
      detached = false
      edges.observe()
      live.reconnect() // the stream goes on from the line that is the last now
      return true
    }

    // ---- lines above and below ----

    const edges = logEdges({ log, lines, away, insert: (...found) => insert(...found), finish: (...found) => finish(...found) })

    // insert puts found rows beyond the edge, and keeps what is being read where it is.
    const insert = (el, m, forward) => {
      if (!m.html) return
      const some = parse(m.html), blocks = [...some.children], height = log.scrollHeight
      for (const b of blocks) { count += rowsOf(b); guess(b) }
      const below = el.nextElementSibling
      if (forward) el.before(some)
      else el.after(some)
      const first = forward ? blocks[0] : below
      if (isBlock(first)) stitch(first.firstElementChild)
      if (forward) for (const b of blocks) b.querySelectorAll('.log-line').forEach(remember)
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
      } else if (!count && 'picks' in log.dataset) put(document.getElementById('log-empty'), botswainWords('no-line-passes'))
      show()
    }
    // While nothing comes in, the log says so.
    const lostRow = document.getElementById('log-lost')
    on(document, 'live:mode', e => {
      const gone = e.detail.mode === 'waiting' || e.detail.mode === 'offline'
      if (gone && lostRow.hidden) lostRow.querySelector('[data-lost-at]').textContent = new Date(Date.now() + lostRow.dataset.offset * 1000).toISOString().slice(11, 19) // in the zone of the lines
      lostRow.hidden = !gone
      if (following) toBottom()
      if (failed && (e.detail.mode === 'live' || e.detail.mode === 'polling')) follow(true)
    })

    const rate = setInterval(() => {
      put(document.getElementById('log-rate'), !heard ? '' : heard === 1 ? botswainWords('line-a-second') : botswainWords('lines-a-second', { n: number(heard) }))
      put(document.getElementById('log-shown'), !count ? '' : count === 1 ? botswainWords('line-shown') : botswainWords('lines-shown', { n: number(count) }))
      heard = 0
    }, 1000)
    away.signal.addEventListener('abort', () => { clearInterval(rate); edges.end() })

    recount()
    edges.observe()
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
    // Lines never pass through htmx: it would look for its attributes in each of hundreds of lines. They are cut
    // out of what the stream brings; where the page polls, out of what htmx made of it.
    const head = '<hx-partial hx-target="#log-lines" hx-swap="beforeend">', tail = '</hx-partial>'
    const frame = /^\s*<div data-batch(?: data-from="(\d+)")? data-to="(\d+)">/
    document.addEventListener('htmx:sse:before:message', e => {
      const { message } = e.detail
      if (message.event || typeof message.data !== 'string') return
      const at = message.data.indexOf(head)
      if (at < 0) return
      const end = message.data.indexOf(tail, at)
      const html = message.data.slice(at + head.length, end).trim()
      const [, from, to] = frame.exec(html) ?? []
      if (end < 0 || !to) return
      message.data = message.data.slice(0, at) + message.data.slice(end + tail.length)
      current()?.receive({ html }, Number(from ?? to), Number(to), html.split('<div class="log-line"').length - 1, html.includes(' data-gap '))
      if (!message.data.trim()) e.preventDefault()
    })
    document.addEventListener('htmx:before:swap', e => {
      const { tasks } = e.detail
      for (let i = tasks.length - 1; i >= 0; i--) {
        if (tasks[i].target?.id !== 'log-lines' || tasks[i].swapSpec.style !== 'beforeend') continue
        const node = tasks.splice(i, 1)[0].fragment.querySelector('[data-batch]')
        if (node) current()?.receive({ node }, Number(node.dataset.from ?? node.dataset.to), Number(node.dataset.to), rowsOf(node), !!node.querySelector('[data-gap]'))
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
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || singleKeysOff() || e.target.closest('input,textarea,select,[contenteditable],dialog[open]')) return
      keys[e.key]?.()
    })
    current()
    pressed()
  }
}
