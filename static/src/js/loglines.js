// What a person does on the page of a log: chooses lines, copies them, leads others to them; goes from match
// to match; filters. The keys are listed in views/logview/filter.go.
'use strict'
if (document.getElementById('log-filter')) {
  const form = document.getElementById('log-filter')
  const view = () => window.botswainLog()
  const said = text => { const el = document.getElementById('log-said'); if (el) el.textContent = text }

  // ---- lines ----

  let chosen = null // the line that the keys are about
  let anchor = null // where the choice of several began
  const shownRows = () => [...view().lines.querySelectorAll('.log-line')].filter(r => r.parentElement.tagName === 'SUMMARY' || !r.closest('details:not([open])'))
  const range = () => {
    if (!chosen?.isConnected) return []
    if (!anchor?.isConnected || anchor === chosen) return [chosen]
    const rows = shownRows(), a = rows.indexOf(anchor), b = rows.indexOf(chosen)
    return a < 0 || b < 0 ? [chosen] : rows.slice(Math.min(a, b), Math.max(a, b) + 1)
  }
  const mark = () => {
    for (const r of view().lines.querySelectorAll('[data-chosen]')) delete r.dataset.chosen
    for (const r of range()) r.dataset.chosen = ''
  }
  const choose = (row, extend, focus = true) => {
    if (!row) return
    if (extend && chosen?.isConnected) anchor ??= chosen
    else anchor = null
    chosen = row
    mark()
    view().follow(false)
    if (!focus) return
    row.tabIndex = -1
    row.focus({ preventScroll: true })
    row.scrollIntoView({ block: 'nearest' })
  }
  const letGo = () => {
    chosen = anchor = null
    mark()
    view().log.focus({ preventScroll: true })
  }
  const move = (by, extend) => {
    const rows = shownRows()
    if (!rows.length) return
    const at = rows.indexOf(chosen)
    if (at >= 0) return choose(rows[Math.max(0, Math.min(rows.length - 1, at + by))], extend)
    // The first one that can be seen.
    const { top, bottom } = view().log.getBoundingClientRect()
    const seen = rows.filter(r => { const b = r.getBoundingClientRect(); return b.top >= top && b.bottom <= bottom })
    choose(by > 0 ? seen[0] : seen.at(-1), false)
  }
  const address = row => new URL(`${row.dataset.bot ? `/bots/${row.dataset.bot}/logs` : view().log.dataset.base}?line=${row.dataset.seq}`, location.href)
  const textOf = row => {
    const text = row.querySelector('.log-text').cloneNode(true)
    text.querySelector('.log-more')?.remove()
    const more = row.querySelector('.log-more') ? 1 : 0 // the blank before it isn't the program's
    const words = ['time', 'em', 'b'].map(n => row.querySelector(`:scope > ${n}`)?.textContent).filter(Boolean)
    return [...words, more ? text.textContent.slice(0, -1) : text.textContent].join(' ')
  }
  const copy = async (text, words) => said(await botswainCopy(text) ? words : botswainWords('not-allowed'))
  const acts = {
    copy: () => { const rows = range(); if (rows.length) copy(rows.map(textOf).join('\n') + (rows.length > 1 ? '\n' : ''), rows.length === 1 ? botswainWords('line-copied') : botswainWords('lines-copied', { n: rows.length })) },
    link: () => { if (chosen) copy(address(chosen).href, botswainWords('link-copied')) },
    context: () => { if (chosen) location.assign(address(chosen)) },
    open: () => { for (const a of chosen?.querySelectorAll('a[href]') ?? []) a.click() },
    fold: () => {
      const trace = chosen?.closest('details')
      if (!trace) return
      if (trace.open && chosen.parentElement.tagName !== 'SUMMARY') choose(trace.querySelector('.log-line'))
      trace.open = !trace.open
      said(trace.open ? botswainWords('unfolded') : botswainWords('folded'))
    },
  }

  document.addEventListener('click', e => {
    const act = e.target.closest?.('#log-actions [data-act]')
    if (act) {
      if (hovered?.isConnected && !range().includes(hovered)) choose(hovered, false, false)
      else if (hovered?.isConnected && act.dataset.act !== 'copy') { chosen = hovered; mark() }
      acts[act.dataset.act]()
      return
    }
    const row = e.target.closest?.('#log-lines .log-line')
    if (!row || e.target.closest('a') || !document.getSelection().isCollapsed) return
    if (e.shiftKey || e.target.closest('time')) {
      e.preventDefault() // no fold, no selected text
      choose(row, e.shiftKey)
    }
  })

  // The tools of the line below the pointer.
  let hovered = null
  document.addEventListener('pointerover', e => {
    const tools = document.getElementById('log-actions')
    if (!tools || e.pointerType === 'touch' || e.target.closest?.('#log-actions')) return
    hovered = e.target.closest?.('#log-lines .log-line') ?? null
    tools.hidden = !hovered
    if (hovered) tools.style.transform = `translateY(${Math.max(2, hovered.getBoundingClientRect().top - tools.parentElement.getBoundingClientRect().top - 4)}px)`
  })
  document.addEventListener('scroll', e => {
    const tools = document.getElementById('log-actions')
    if (tools && e.target.id === 'log') tools.hidden = true
  }, { capture: true, passive: true })

  // ---- matches ----

  let now = null
  const matches = () => [...view().lines.querySelectorAll('mark:not([data-more])')]
  const count = () => {
    const el = document.getElementById('log-found')
    if (!el) return
    const all = form?.elements.q.value ? matches() : []
    const at = all.indexOf(now)
    const more = view().lines.querySelector(':scope > [data-older]') ? '+' : ''
    const position = all => at < 0 ? all : botswainWords('match-of', { n: at + 1, all })
    const text = !form?.elements.q.value ? '' : all.length ? position(botswainNumber(all.length) + more) : more ? '…' : botswainWords('match-none')
    if (el.textContent !== text) el.textContent = text
  }
  const toMatch = by => {
    const all = matches()
    if (!all.length) return
    let at = all.indexOf(now)
    if (at < 0) at = by > 0 ? -1 : all.length // the search begins at the newest
    now?.removeAttribute('data-now')
    now = all[(at + by + all.length) % all.length]
    now.dataset.now = ''
    const trace = now.closest('details')
    if (trace) trace.open = true
    view().follow(false)
    now.scrollIntoView({ block: 'center' })
    choose(now.closest('.log-line'), false, document.activeElement !== form.elements.q)
    count()
  }
  let counting = 0
  const watch = new MutationObserver(() => {
    if (!form?.elements.q.value || counting) return
    counting = setTimeout(() => { counting = 0; count() }, 300)
  })

  // ---- the filter ----

  if (form) {
    const query = () => {
      const q = new URLSearchParams()
      for (const [name, value] of new FormData(form)) if (value !== '') q.append(name, value)
      if (!q.has('q')) { q.delete('re'); q.delete('case') }
      return q.toString()
    }
    let asked = query()
    let typing = 0
    const ask = () => {
      clearTimeout(typing)
      const q = query()
      if (q === asked) return
      asked = q
      const path = form.getAttribute('action')
      htmx.ajax('GET', q ? `${path}?${q}` : path, { source: form, target: form, swap: 'none' })
    }
    // What failed may be asked for again.
    document.addEventListener('htmx:finally:request', e => {
      const { ctx } = e.detail
      if (ctx.sourceElement === form && !(ctx.response?.status < 400) && ctx.request.action.endsWith(asked)) asked = null
    })
    form.addEventListener('submit', e => { e.preventDefault(); ask() })
    form.addEventListener('change', e => { if (e.target.name !== 'q' || !typing) ask() })
    form.addEventListener('input', e => {
      if (e.target.name !== 'q') return
      clearTimeout(typing)
      typing = setTimeout(() => { typing = 0; ask() }, 400)
    })
    form.elements.q.addEventListener('keydown', e => {
      if (e.key === 'Enter') {
        e.preventDefault()
        if (query() !== asked) ask()
        else toMatch(e.shiftKey ? 1 : -1)
      }
      if (e.key === 'Escape') {
        e.preventDefault()
        view().log.focus({ preventScroll: true })
      }
    })
    form.addEventListener('click', e => {
      const b = e.target.closest('[data-match]')
      if (b) toMatch(Number(b.dataset.match))
      const clear = e.target.closest('[data-log-clear]')
      if (clear && !e.ctrlKey && !e.metaKey) {
        e.preventDefault()
        for (const i of form.elements) {
          if (i.type === 'checkbox') i.checked = false
          else if (i.form === form && i.name) i.value = ''
        }
        ask()
        form.elements.q.focus()
      }
    })
    // The browser may have put old values back.
    addEventListener('pageshow', e => { if (e.persisted) asked = query() })
  }

  // ---- keys ----

  const keys = {
    j: e => move(1, e.shiftKey), k: e => move(-1, e.shiftKey),
    n: () => toMatch(1), p: () => toMatch(-1),
    c: acts.copy, l: acts.link, x: acts.context, o: acts.open, e: acts.fold,
    end: () => view().follow(true),
    escape: () => { if (chosen) letGo() },
  }
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.target.closest('input,textarea,select,[contenteditable],dialog[open]')) return
    const act = keys[e.key.toLowerCase()]
    // Escape types nothing, and whoever chose a line with the pointer wants to be rid of it by a key.
    if (singleKeysOff() && e.key !== 'Escape') return
    if (!act || (e.shiftKey && !['j', 'k'].includes(e.key.toLowerCase()))) return
    if (document.querySelector('details[data-menu][open]')) return
    e.preventDefault()
    act(e)
  })

  const begin = v => {
    chosen = v?.lines.querySelector('[data-hit]') ?? null
    anchor = now = null
    watch.disconnect()
    if (v) watch.observe(v.lines, { childList: true, subtree: false })
    count()
  }
  document.addEventListener('log:view', e => begin(e.detail))
  begin(view())
}
