// The command palette: Ctrl-K or Cmd-K opens it, typing matches, the arrow keys move, Enter does it. What
// there is comes from the server when it is opened; it is matched here, so each key answers at once.
'use strict'
{
  const dialog = document.getElementById('palette')
  const input = document.getElementById('palette-input'), list = document.getElementById('palette-list')
  const count = document.getElementById('palette-count')
  if (dialog && input && list) {
    let chosen = null
    let groups = [] // {el, most, options in the server's order}

    // ---- matching ----

    // score says how well a text fits what was typed: every letter in its order, better at the beginnings of
    // words and in a row. It gives the places too; null when it doesn't fit. best[j] is the most that the
    // letters so far get with the last one at j; a jump costs 3 at most, so only the nearest places before and
    // the best of all farther ones have to be looked at.
    const score = (text, typed) => {
      const low = text.toLowerCase(), n = low.length, from = []
      let best = []
      for (let i = 0; i < typed.length; i++) {
        const next = Array(n).fill(-Infinity), back = Array(n).fill(-1)
        let far = -1
        for (let j = 0; j < n; j++) {
          if (j >= 4 && i > 0 && best[j - 4] > (far < 0 ? -Infinity : best[far])) far = j - 4
          if (low[j] !== typed[i]) continue
          if (i === 0) { next[j] = edge(text, j) ? 10 : 0; continue }
          for (const k of [j - 1, j - 2, j - 3, far]) {
            if (k < 0 || best[k] === -Infinity) continue
            const points = best[k] + (k === j - 1 ? 6 : (edge(text, j) ? 5 : 0) - Math.min(3, j - k - 1))
            if (points > next[j]) { next[j] = points; back[j] = k }
          }
        }
        from.push(back)
        best = next
      }
      let at = best.indexOf(Math.max(...best))
      if (best[at] === undefined || best[at] === -Infinity) return null
      const points = best[at] - n / 100, places = []
      for (let i = typed.length - 1; i >= 0; i--) { places.unshift(at); at = from[i][at] }
      return { points, places }
    }
    const edge = (text, i) => i === 0 || !/[\p{L}\p{N}]/u.test(text[i - 1]) || (/\p{Lu}/u.test(text[i]) && /\p{Ll}/u.test(text[i - 1]))

    const mark = (option, text, places) => {
      const name = option.querySelector('[data-name]')
      name.replaceChildren()
      let from = 0
      for (const p of places) {
        if (p > from) name.append(text.slice(from, p))
        const m = document.createElement('mark')
        m.className = 'bg-transparent font-semibold text-primary'
        m.textContent = text[p]
        name.append(m)
        from = p + 1
      }
      name.append(text.slice(from))
    }

    const match = () => {
      const typed = input.value.toLowerCase().replace(/\s+/g, '')
      let shown = 0, first = null
      for (const line of list.querySelectorAll('[data-made]')) line.remove()
      for (const g of groups) {
        const found = []
        for (const o of g.options) {
          const name = typed ? score(o.dataset.text, typed) : { points: 0, places: [] }
          const also = !name && o.dataset.also ? score(o.dataset.also, typed) : null
          o.hidden = true
          if (name) found.push({ o, points: name.points, places: name.places })
          else if (also) found.push({ o, points: also.points - 50, places: [] })
        }
        if (typed) found.sort((a, b) => b.points - a.points)
        for (const f of found.slice(0, g.most)) {
          f.o.hidden = false
          mark(f.o, f.o.dataset.text, f.places)
          g.el.append(f.o)
          first ??= f.o
          shown++
        }
        g.el.hidden = found.length === 0
      }
      shown += lines(typed)
      count.textContent = shown === 0 ? count.dataset.none : shown === 1 ? count.dataset.one : count.dataset.many.replace('{n}', shown)
      choose(options()[0])
      list.scrollTop = 0
    }

    // lines puts what can be done with the bot that fits best, or with the one whose page this is.
    const lines = typed => {
      const here = document.querySelector('#main [data-bot-id]:not(article,[role=row])')?.dataset.botId
      const bot = typed ? groups[0]?.el.querySelector('[data-bot]:not([hidden])') : here && document.getElementById('palette-' + here)
      if (!bot) return 0
      const place = groups.find(g => g.el.dataset.group === 'commands').el
      const made = []
      const line = (template, href) => {
        const o = template.content.firstElementChild.cloneNode(true), name = o.querySelector('[data-name]')
        name.textContent = (o.dataset.phrase ?? name.dataset.phrase).replace('{name}', bot.dataset.text)
        o.id = 'palette-made-' + made.length
        o.dataset.made = o.dataset.for = bot.dataset.bot
        if (href) o.href = href
        made.push(o)
      }
      for (const t of list.querySelectorAll('template[data-action-line]'))
        if (bot.dataset.actions.split(' ').includes(t.dataset.actionLine)) line(t)
      line(list.querySelector('template[data-open-line]'), '/bots/' + bot.dataset.bot + '/logs')
      place.firstElementChild.after(...made)
      place.hidden = false
      return made.length
    }

    // ---- choosing ----

    const options = () => [...list.querySelectorAll('[role=option]')].filter(o => !o.hidden && !o.closest('[hidden]'))
    const choose = o => {
      chosen?.setAttribute('aria-selected', 'false')
      chosen = o ?? null
      if (!o) return input.removeAttribute('aria-activedescendant')
      o.setAttribute('aria-selected', 'true')
      input.setAttribute('aria-activedescendant', o.id)
      o.scrollIntoView({ block: 'nearest' })
    }
    const step = by => {
      const all = options()
      if (all.length) choose(all[(all.indexOf(chosen) + by + all.length) % all.length])
    }

    const run = o => {
      if (!o) return
      dialog.close()
      if (o.dataset.post) {
        const on = document.getElementById('log-state') ? 'logs' : document.getElementById('bot-head') ? 'page' : 'palette'
        const view = document.querySelector(`#main [data-bot-id="${o.dataset.for}"]:not(article,[role=row])`) ? on : 'palette'
        htmx.ajax('POST', `/bots/${o.dataset.for}/${o.dataset.post}`, { source: dialog, target: '#toasts', swap: 'none', values: { view } })
      } else if (o.dataset.do === 'sign-out') document.getElementById('sign-out').requestSubmit()
      else if (o.dataset.do === 'help') document.getElementById('shortcuts')?.showModal()
      else if (o.dataset.do) window.botswainTheme?.(o.dataset.do.replace('theme-', ''))
      else location.assign(o.href)
    }

    input.addEventListener('input', () => { if (!loading) match() })
    input.addEventListener('keydown', e => {
      if (e.isComposing) return
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[e.key]
      if (by) { e.preventDefault(); step(by) }
      if (e.key === 'Home' && !input.value) { e.preventDefault(); choose(options()[0]) }
      if (e.key === 'End' && !input.value) { e.preventDefault(); choose(options().at(-1)) }
      if (e.key === 'Enter') {
        e.preventDefault()
        if (chosen?.href && (e.ctrlKey || e.metaKey)) open(chosen.href, '_blank', 'noopener')
        else run(chosen)
      }
    })
    list.addEventListener('click', e => {
      const o = e.target.closest('[role=option]')
      if (!o || (o.href && (e.ctrlKey || e.metaKey || e.shiftKey))) return
      e.preventDefault()
      run(o)
    })
    list.addEventListener('pointermove', e => {
      const o = e.target.closest('[role=option]')
      if (o && o !== chosen) choose(o)
    })

    // ---- opening ----

    let loading = null // the controller of the list that is being loaded
    const load = async () => {
      loading?.abort()
      const own = loading = new AbortController()
      const loaded = botswainLoading(list)
      try {
        const answer = await fetch(dialog.dataset.source, { signal: own.signal, headers: { 'HX-Request': 'true' }, redirect: 'error' })
        if (answer.status === 401) return location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
        if (!answer.ok) throw new Error('status ' + answer.status)
        const lines = await answer.text()
        if (loading !== own) return
        loading = null
        list.innerHTML = lines
        groups = [...list.querySelectorAll('[data-group]')].map(el => ({ el, most: Number(el.dataset.most ?? 99), options: [...el.querySelectorAll('[role=option]')] }))
        match()
      } catch {
        if (loading !== own) return // it was opened anew meanwhile
        loading = null
        dialog.close()
        const toast = document.getElementById('request-failed')?.content.cloneNode(true)
        if (toast) document.getElementById('toasts')?.append(toast)
      } finally {
        loaded()
      }
    }
    const open_ = () => {
      if (dialog.open) return
      input.value = ''
      choose(null)
      list.replaceChildren()
      groups = []
      count.textContent = ''
      dialog.showModal()
      input.focus()
      load()
    }

    document.addEventListener('keydown', e => {
      if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === 'k') {
        e.preventDefault()
        if (dialog.open) dialog.close()
        else if (!document.querySelector('dialog[open]')) open_()
      }
    })
    document.addEventListener('click', e => { if (e.target.closest('[data-palette]')) open_() })
  }
}
