// The log viewer: follows new lines, keeps the place while older ones are loaded, never shows a line twice
// or joins lines that don't belong together. Lines have data-seq, which grows by one.
'use strict'
{
  const MOST = 5_000 // lines in the page
  const log = document.getElementById('log')
  const lines = document.getElementById('log-lines')
  const back = document.getElementById('log-return')
  const live = window.botswainLive
  if (log && lines && live) {
    let following = true
    let detached = false // the page's last line is not the newest any more: too many came while reading
    let unseen = 0
    let top = 0 // where the scroller was when we last looked: a person's scrolling is what differs
    let resyncAt = 0

    const seqOf = row => Number(row?.dataset?.seq ?? 0)
    const lastRow = () => { for (let r = lines.lastElementChild; r; r = r.previousElementSibling) if (r.dataset.seq) return r }
    const last = () => seqOf(lastRow()) || Number(log.dataset.after) || 0
    live.cursor = last

    // ---- scrolling ----

    const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 12
    const toBottom = () => { log.scrollTop = log.scrollHeight; top = log.scrollTop }
    const show = () => {
      back.hidden = following
      const text = unseen > 0 ? `${unseen.toLocaleString('en')} new ${unseen === 1 ? 'line' : 'lines'}` : 'Newest lines'
      const words = back.querySelector('[data-count]')
      if (words.textContent !== text) words.textContent = text
      document.getElementById('log-follow')?.setAttribute('aria-pressed', String(following))
      log.dataset.following = String(following)
    }
    const follow = async on => {
      following = on
      if (on) {
        unseen = 0
        if (detached) await renew()
        toBottom()
      }
      show()
    }
    log.addEventListener('scroll', () => {
      const by = log.scrollTop - top
      top = log.scrollTop
      if (following && by < -2 && !atBottom()) follow(false)
      else if (!following && by > 2 && !detached && atBottom()) follow(true)
    }, { passive: true })
    addEventListener('resize', () => { if (following) toBottom() })
    back.addEventListener('click', () => { follow(true); log.focus({ preventScroll: true }) })

    // ---- new lines ----

    // take puts a batch at the end. What is there already is left out; what doesn't follow on is asked for
    // again from our last line.
    const take = fragment => {
      const at = last()
      const rows = [...fragment.children]
      let next = at + 1
      const fresh = rows.filter(r => r.dataset.gap !== undefined || seqOf(r) > at)
      const gap = fresh[0]?.dataset.gap !== undefined
      const first = fresh.find(r => r.dataset.seq)
      if (!first) return
      if (!gap && at > 0 && seqOf(first) > next) {
        if (detached) unseen = Math.max(unseen, seqOf(fresh.at(-1)) - at)
        else resync()
        return
      }
      if (!following && lines.childElementCount + fresh.length > MOST) {
        detached = true
        unseen += fresh.length
        return
      }
      lines.append(...fresh)
      for (const r of fresh) if (r.dataset.gap !== undefined) htmx.process(r)
      document.getElementById('log-empty').hidden = true
      if (following) { trimTop(); toBottom() } else unseen += fresh.length
    }
    const resync = () => {
      if (Date.now() - resyncAt < 2000) return
      resyncAt = Date.now()
      live.reconnect()
    }

    // What is cut off above can be loaded again.
    const trimTop = () => {
      let over = lines.childElementCount - MOST
      if (over <= 0) return
      let older = lines.querySelector(':scope > [data-older]')
      for (let r = lines.firstElementChild; r && over > 0; over--) {
        const gone = r
        r = r.nextElementSibling
        if (gone !== older) gone.remove()
      }
      const first = seqOf(lines.querySelector(':scope > [data-seq]'))
      if (!older) {
        older = document.getElementById('log-older').content.firstElementChild.cloneNode(true)
        lines.prepend(older)
      }
      older.setAttribute('hx-get', `/bots/${log.dataset.botId}/logs/older?before=${first}`)
      htmx.process(older, true)
    }

    // renew begins anew with the newest lines.
    const renew = async () => {
      const answer = await fetch(log.dataset.tail, { headers: { 'HX-Request': 'true' } }).catch(() => null)
      if (!answer?.ok) return
      const text = await answer.text()
      lines.replaceChildren()
      await htmx.swap({ sourceElement: lines, target: lines, text, swap: 'innerHTML' })
      detached = false
      live.reconnect() // the stream goes on from the line that is the last now
    }

    document.addEventListener('htmx:before:swap', e => {
      const { tasks } = e.detail
      for (let i = tasks.length - 1; i >= 0; i--) {
        if (tasks[i].target === lines && tasks[i].swapSpec.style === 'beforeend') {
          // Not by htmx: it would look for its attributes in each of hundreds of lines.
          take(tasks.splice(i, 1)[0].fragment)
        }
      }
      show()
    })

    // ---- older lines ----

    // Loading above keeps what is being read where it is.
    let height = 0
    document.addEventListener('htmx:before:swap', e => {
      const target = e.detail.tasks.find(t => lines.contains(t.target) && t.target !== lines)?.target
      height = target?.dataset?.older !== undefined ? log.scrollHeight : 0
    })
    document.addEventListener('htmx:after:swap', () => {
      if (!height) return
      log.scrollTop += log.scrollHeight - height
      top = log.scrollTop
      height = 0
      // Room for what was loaded: the newest lines go, and come back on return.
      while (lines.childElementCount > MOST + 500) { lines.lastElementChild.remove(); detached = true }
      show()
    })

    // ---- buttons and keys ----

    const wrap = document.getElementById('log-wrap')
    const toggleWrap = () => {
      const on = log.toggleAttribute('data-wrap')
      wrap?.setAttribute('aria-pressed', String(on))
      if (following) toBottom()
    }
    wrap?.addEventListener('click', toggleWrap)
    document.getElementById('log-follow')?.addEventListener('click', () => follow(!following))
    document.addEventListener('keydown', e => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input,textarea,select,[contenteditable]')) return
      if (e.key === 'f') follow(!following)
      if (e.key === 'w') toggleWrap()
    })

    // While nothing comes in, the log says so.
    const lostRow = document.getElementById('log-lost')
    document.addEventListener('live:mode', e => {
      const away = e.detail.mode === 'waiting' || e.detail.mode === 'offline'
      if (away && lostRow.hidden) lostRow.querySelector('[data-lost-at]').textContent = new Date().toTimeString().slice(0, 8)
      lostRow.hidden = !away
      if (following) toBottom()
    })

    toBottom()
    show()
  }
}
