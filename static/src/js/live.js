// Keeps a page up to date: over one event stream (htmx's hx-sse), and by asking every 10 s while that is
// not to be had. #live says where the stream is; connection.js shows how it goes. What arrives is HTML for
// htmx in both cases. log.js adds the cursor of the page's log.
'use strict'
if (document.getElementById('live')) {
  const POLL = 10_000, PATIENCE = 5_000, SILENCE = 40_000, SHORTEST = 500, LONGEST = 30_000
  Object.assign(htmx.config, {
    // hx-sse comes back by itself only when it was there before, after a time that it doesn't tell, and lets
    // go of a tab the moment that it is hidden. All of that is done here.
    sse: { reconnect: false, pauseOnBackground: false, connectTimeout: PATIENCE },
    // A menu that is open stays so when what is around it is drawn anew.
    morphIgnore: [...htmx.config.morphIgnore, 'open'],
  })

  // What other scripts hook into.
  const live = window.botswainLive = {
    cursor: () => null, // the last line that the page has
    reconnect: () => connection?.reader?.cancel(),
    retry: () => { if (mode !== 'live' && !trying) connect() }, // at once, whatever the wait
    mode: () => mode,
    failures: () => failures,
    retryAt: () => retryAt,
    hiddenFor: 30_000, // after how many ms a hidden tab lets go
  }

  let el = null // the current #live
  let connection = null // hx-sse's, once there was one
  let mode = 'connecting' // connecting, live, waiting, polling, offline, resting, out
  let since = Date.now() // when the stream was lost, or first wanted
  let heard = Date.now() // when it last said something
  let failures = 0
  let trying = false // a try is under way, or the stream is there
  let retryAt = 0 // when the next try begins
  let timer = 0 // of the next try
  let rest = 0 // timer of a hidden tab
  let polling = null // the controller of polling

  const become = next => {
    if (mode === 'out') return
    const changed = mode !== next
    mode = next
    if (changed) document.dispatchEvent(new CustomEvent('live:mode', { detail: { mode } }))
    document.dispatchEvent(new CustomEvent('live:state'))
  }

  // Polling begins after three failed tries, or when nothing has come for 5 s.
  const consider = () => {
    if (polling || document.hidden || !['connecting', 'waiting', 'offline'].includes(mode)) return
    if (failures >= 3 || Date.now() - since >= PATIENCE) startPolling()
  }

  const news = () => {
    heard = Date.now()
    if (mode === 'live') return
    failures = 0
    stopPolling()
    become('live')
  }

  // What somebody has typed isn't taken away from them: connection.js tells them.
  const signedOut = () => {
    stopPolling()
    become('out')
    if (!window.botswainUnsaved?.()) location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
  }

  // A server of another build may have other pages.
  const checkBuild = build => {
    if (build && first.dataset.build && build !== first.dataset.build) document.dispatchEvent(new CustomEvent('live:build'))
  }

  // ---- the stream ----

  const connect = () => {
    if (!el?.isConnected || mode === 'out' || mode === 'resting') return
    clearTimeout(timer)
    trying = true
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
    if (document.hidden && !rest) rest = setTimeout(letGo, live.hiddenFor) // a tab that was opened in the background
  }
  // again waits before the next try: 0.5 to 1 s, twice that each time, 30 s at most. A random half of it
  // keeps the browsers of a server that was away from coming back all at once.
  const again = () => {
    clearTimeout(timer)
    if (!trying || mode === 'out' || mode === 'resting') return
    trying = false
    if (mode === 'live') since = Date.now()
    const most = Math.min(2 * SHORTEST * 2 ** failures, LONGEST)
    const delay = most / 2 + Math.random() * most / 2
    failures++
    retryAt = Date.now() + delay
    timer = setTimeout(connect, delay)
    become(polling ? mode : navigator.onLine ? 'waiting' : 'offline')
    consider()
  }

  const on = (name, handle) => document.addEventListener(name, e => { if (e.target === el) handle(e) })
  on('htmx:config:request', e => {
    const at = live.cursor()
    if (at !== null) e.detail.ctx.request.headers['Last-Event-ID'] = String(at)
    if (el.dataset.has) e.detail.ctx.request.headers['Botswain-Has'] = el.dataset.has
    delete el.dataset.has // true of the page as it came only
  })
  on('build', e => checkBuild(e.detail.data))
  on('htmx:error', again)
  on('htmx:response:error', e => e.detail.ctx.response.status === 401 ? signedOut() : again())
  on('htmx:sse:before:connection', e => {
    if (mode === 'out' || mode === 'resting') return e.preventDefault()
    clearTimeout(timer)
    connection = e.detail.connection
  })
  on('htmx:sse:close', e => { if (e.detail.reason === 'ended' || e.detail.reason === 'cancelled') again() })
  on('htmx:sse:before:message', news)
  on('beat', news)

  // A connection that died without a word is noticed by its silence.
  setInterval(() => {
    if (mode === 'live' && !document.hidden && Date.now() - heard > SILENCE) live.reconnect()
    consider()
    if (!['live', 'resting', 'out'].includes(mode)) document.dispatchEvent(new CustomEvent('live:state'))
  }, 500)

  // ---- polling ----

  const startPolling = () => {
    polling = new AbortController()
    if (navigator.onLine) become('polling')
    poll(polling)
  }
  const stopPolling = () => { polling?.abort(); polling = null }

  const poll = async own => {
    const { signal } = own
    while (!signal.aborted) {
      await ask(signal)
      await new Promise(done => {
        const stop = () => { clearTimeout(wait); done() }
        // Not one listener more with each round: polling may go on all day.
        const wait = setTimeout(() => { signal.removeEventListener('abort', stop); done() }, POLL)
        signal.addEventListener('abort', stop, { once: true })
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
      checkBuild(answer.headers.get('Botswain-Build'))
      const text = await answer.text()
      if (signal.aborted) return
      await htmx.swap({ sourceElement: el, target: el, text, swap: 'none' })
      become('polling')
    } catch {
      if (!signal.aborted) become('offline')
    }
  }

  // ---- hidden tabs, networks that come and go ----

  // A tab that nobody looks at costs the server nothing after a while. On return the stream begins anew:
  // with all that is shown, and with the lines after the last one that the page has.
  const letGo = () => {
    stopPolling()
    clearTimeout(timer)
    become('resting')
    trying = false
    connection?.reader?.cancel()
  }
  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest)
    rest = 0
    if (!el || mode === 'out') return
    if (document.hidden) {
      rest = setTimeout(letGo, live.hiddenFor)
      return
    }
    since = heard = Date.now()
    if (mode === 'resting') {
      mode = 'connecting'
      failures = 0
      become('connecting')
      connect()
    } else live.retry()
  })
  addEventListener('online', live.retry)
  addEventListener('offline', live.reconnect)

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

  const first = document.getElementById('live')
  // Then all scripts have run, and htmx, which puts off its own start in the same way, has begun.
  document.addEventListener('DOMContentLoaded', () => setTimeout(() => begin(first)))
}
