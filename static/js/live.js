// Keeps a page up to date: over one event stream (htmx's hx-sse), and by asking every 10 s while that is
// not to be had. #live says where the stream is; #connection says how it goes. What arrives is HTML for
// htmx in both cases. log.js adds the cursor of the page's log.
'use strict'
{
  const POLL = 10_000, PATIENCE = 5_000, SILENCE = 40_000, LONGEST = 30_000
  // How long hx-sse waits before each try is computed here as well, to be shown; so it must not vary by
  // itself. Browsers still come back at different times: the first wait differs.
  const FIRST = 500 + Math.random() * 500
  Object.assign(htmx.config, {
    sse: { reconnectDelay: FIRST, reconnectMaxDelay: LONGEST, reconnectJitter: 0, connectTimeout: PATIENCE },
    // A menu that is open stays so when what is around it is drawn anew.
    morphIgnore: [...htmx.config.morphIgnore, 'open'],
  })

  // What log.js hooks into.
  const live = window.botswainLive = {
    cursor: () => null, // the last line that the page has
    reconnect: () => connection?.reader?.cancel(),
    mode: () => mode,
  }

  let el = null // the current #live
  let connection = null // hx-sse's, once there was one
  let mode = 'connecting' // connecting, live, waiting, polling, offline, out
  let since = Date.now() // when the stream was lost, or first wanted
  let heard = Date.now() // when it last said something
  let failures = 0
  let retryAt = 0 // when the next try begins
  let timer = 0 // of our own tries: hx-sse never repeats a first one that failed
  let polling = null // the controller of polling

  const words = () => {
    const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))
    if (mode === 'waiting') return left ? botswainWords('reconnecting-in', { seconds: left }) : botswainWords('reconnecting')
    return botswainWords(mode === 'out' ? 'signed-out' : mode)
  }
  const tones = { connecting: 'info', live: 'ok', waiting: 'warn', polling: 'info', offline: 'error', out: 'error' }

  const show = () => {
    for (const place of document.querySelectorAll('#connection, #log-state')) {
      if (!place.firstElementChild) {
        const dot = document.createElement('span')
        dot.setAttribute('aria-hidden', 'true')
        place.classList.add('inline-flex', 'items-center', 'gap-2')
        place.replaceChildren(dot, document.createElement('span'))
      }
      const [dot, text] = place.children
      place.dataset.state = tones[mode]
      place.dataset.mode = mode
      dot.className = 'status-dot' + (mode === 'live' ? ' motion-safe:animate-breathe' : '')
      if (text.textContent !== words()) text.textContent = words()
    }
    notice(mode === 'polling' || mode === 'offline')
  }

  const notice = wanted => {
    const old = document.getElementById('polling-notice')
    if (!wanted) return old?.remove()
    const text = botswainWords(mode === 'polling' ? 'polling-notice' : 'offline-notice')
    const box = old ?? document.createElement('div')
    if (!old) {
      box.id = 'polling-notice'
      box.className = 'status-banner mb-4'
      box.setAttribute('role', 'status')
      document.getElementById('main')?.prepend(box)
    }
    box.dataset.state = tones[mode]
    if (box.textContent !== text) box.textContent = text
  }

  const become = next => {
    if (mode === 'out') return
    if (mode !== next) {
      mode = next
      document.dispatchEvent(new CustomEvent('live:mode', { detail: { mode } }))
    }
    show()
  }

  const lost = () => {
    if (mode === 'live' || mode === 'connecting') since = Date.now()
    if (mode === 'live') become('waiting')
    consider()
  }

  // Polling begins after three failed tries, or when nothing has come for 5 s.
  const consider = () => {
    if (polling || document.hidden || mode === 'live' || mode === 'out') return
    if (failures >= 3 || Date.now() - since >= PATIENCE) startPolling()
  }

  const news = () => {
    heard = Date.now()
    if (mode === 'live') return
    failures = 0
    stopPolling()
    become('live')
  }

  const signedOut = () => {
    become('out')
    stopPolling()
    location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
  }

  // ---- the stream ----

  const connect = () => {
    if (!el?.isConnected || mode === 'out') return
    clearTimeout(timer)
    timer = setTimeout(again, PATIENCE + 1000) // when nothing at all comes of it
    htmx.trigger(el, 'live:connect')
  }
  // begin hands #live to hx-sse. The layout leaves its attributes out, so that htmx, whose own start may
  // come before or after ours, doesn't do so as well.
  const begin = place => {
    el = place
    connection = null
    el.setAttribute('hx-sse:connect', el.dataset.liveUrl)
    el.setAttribute('hx-trigger', 'live:connect')
    el.setAttribute('hx-swap', 'none')
    htmx.process(el)
    connect()
  }
  const again = () => {
    failures++
    const delay = Math.min(FIRST * 2 ** (failures - 1), LONGEST)
    retryAt = Date.now() + delay
    clearTimeout(timer)
    timer = setTimeout(connect, delay)
    if (mode === 'connecting') become('waiting')
    lost()
    show()
  }

  const on = (name, handle) => document.addEventListener(name, e => { if (e.target === el) handle(e) })
  on('htmx:config:request', e => {
    const at = live.cursor()
    if (at !== null) e.detail.ctx.request.headers['Last-Event-ID'] = String(at)
  })
  on('htmx:error', again)
  on('htmx:response:error', e => e.detail.ctx.response.status === 401 ? signedOut() : again())
  on('htmx:sse:before:connection', e => {
    if (mode === 'out') return e.preventDefault()
    clearTimeout(timer) // from here on hx-sse tries by itself
    connection = e.detail.connection
    const at = live.cursor()
    if (at !== null) connection.lastEventId = String(at) // polling may have got further than the stream
    if (connection.attempt === 0) return
    failures = Math.max(failures, connection.attempt)
    retryAt = Date.now() + Math.min(FIRST * 2 ** (connection.attempt - 1), LONGEST)
    lost()
    show()
  })
  on('htmx:sse:error', e => {
    if (e.detail.status === 401) return signedOut()
    lost()
  })
  on('htmx:sse:close', e => { if (e.detail.reason === 'ended' || e.detail.reason === 'cancelled') again() })
  on('htmx:sse:before:message', news)
  on('beat', news)

  // A connection that died without a word is noticed by its silence.
  setInterval(() => {
    if (mode === 'live' && !document.hidden && Date.now() - heard > SILENCE) live.reconnect()
    consider()
    if (mode === 'waiting') show()
  }, 500)

  // ---- polling ----

  const startPolling = () => {
    polling = new AbortController()
    become('polling')
    poll(polling)
  }
  const stopPolling = () => { polling?.abort(); polling = null }

  const poll = async own => {
    const { signal } = own
    while (!signal.aborted) {
      if (!document.hidden) await ask(signal)
      await new Promise(done => {
        const wait = setTimeout(done, POLL)
        signal.addEventListener('abort', () => { clearTimeout(wait); done() }, { once: true })
        document.addEventListener('visibilitychange', done, { once: true, signal })
      })
    }
  }
  const ask = async signal => {
    try {
      const headers = { 'HX-Request': 'true' }, at = live.cursor()
      if (at !== null) headers['Last-Event-ID'] = String(at)
      const answer = await fetch(el.dataset.liveUrl.replace('/live', '/live/poll'), { signal, headers, redirect: 'error' })
      if (answer.status === 401) return signedOut()
      if (!answer.ok) throw new Error('status ' + answer.status)
      const text = await answer.text()
      if (signal.aborted) return
      await htmx.swap({ sourceElement: el, target: el, text, swap: 'none' })
      become('polling')
    } catch {
      if (!signal.aborted) become('offline')
    }
  }

  // ---- what arrives ----

  // An answer to a pressed button may be overtaken by the stream: what is older than what is shown is
  // left out. data-rev is "BOOT-REVISION".
  const older = (a, b) => {
    const [bootA, revA] = a.split('-').map(Number), [bootB, revB] = b.split('-').map(Number)
    return bootA < bootB || (bootA === bootB && revA < revB)
  }
  document.addEventListener('htmx:before:swap', e => {
    const { tasks } = e.detail
    for (let i = tasks.length - 1; i >= 0; i--) {
      const shown = tasks[i].target?.dataset?.rev, next = tasks[i].fragment?.firstElementChild?.dataset?.rev
      if (shown && next && older(next, shown)) tasks.splice(i, 1)
    }
  })
  // A filter brings a #live of its own.
  document.addEventListener('htmx:after:swap', () => {
    const place = document.getElementById('live')
    if (place && el && place !== el) begin(place)
  })

  document.addEventListener('visibilitychange', () => {
    since = heard = Date.now() // hx-sse lets go of a hidden tab and comes back by itself
    if (document.hidden) stopPolling()
  })

  const first = document.getElementById('live')
  if (first) {
    show()
    // Then all scripts have run, and htmx, which puts off its own start in the same way, has begun.
    document.addEventListener('DOMContentLoaded', () => setTimeout(() => begin(first)))
  }
}
