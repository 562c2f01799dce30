// The dashboard's list: puts the bots into the order that the server sends, takes over their figures, opens
// their menus, sends their buttons, and lets pinned bots be dragged. Cards and rows are alike here.
'use strict'
if (document.getElementById('bots')) {
  const list = () => document.getElementById('bots')
  const box = id => document.getElementById('bot-' + id)
  const put = (parent, el, before) => {
    // moveBefore keeps focus and scrolling of what is moved.
    if (el.isConnected && parent.moveBefore) parent.moveBefore(el, before)
    else parent.insertBefore(el, before)
  }

  // ---- order ----

  // A bot that is new to the list gets its place first; what it looks like comes in the same message.
  const placeholder = id => {
    const el = document.createElement(list().dataset.view === 'table' ? 'div' : 'article')
    el.id = 'bot-' + id
    return el
  }
  const idsOf = section => (section.querySelector('[data-items]').dataset.ids || '').split(' ').filter(Boolean)

  const fill = (items, ids) => {
    let at = items.firstElementChild
    for (const id of ids) {
      const el = box(id) ?? placeholder(id)
      if (el === at) { at = at.nextElementSibling; continue }
      // One that stands in between has left: moving that one is less than moving all behind it.
      if (at && at.nextElementSibling === el) { put(items, at, null); at = el.nextElementSibling; continue }
      put(items, el, at)
    }
    return at // what is left, up to the end, isn't in this section any more
  }

  const arrange = order => {
    const all = list()
    // As far as this page knows the list was empty: it has no frame for bots.
    if (all.querySelector('[data-nothing]')) return location.reload()
    all.dataset.count = order.dataset.count
    const has = new Map([...all.querySelectorAll('[data-section]')].map(s => [s.dataset.section, s]))
    const left = []
    let at = all.querySelector('[data-section]')
    for (const wanted of order.querySelectorAll('[data-section]')) {
      let section = has.get(wanted.dataset.section)
      has.delete(wanted.dataset.section)
      if (!section) {
        section = wanted.cloneNode(true)
        section.querySelector('[data-items]').removeAttribute('data-ids')
      } else {
        const old = section.querySelector('[data-head]'), head = wanted.querySelector('[data-head]')
        if (old && !head) old.remove()
        else if (head && old?.innerHTML !== head.innerHTML) old ? old.replaceWith(head.cloneNode(true)) : section.prepend(head.cloneNode(true))
      }
      if (section === at) at = at.nextElementSibling
      else put(all, section, at)
      const rest = fill(section.querySelector('[data-items]'), idsOf(wanted))
      for (let el = rest; el; el = el.nextElementSibling) left.push([el, el.parentNode])
    }
    for (const section of has.values()) section.remove()
    for (const [el, where] of left) if (el.parentNode === where) el.remove() // others have a place elsewhere
  }

  // ---- figures ----

  // Takes over what differs between two trees of the same shape; false: they have different shapes.
  const patch = (to, from) => {
    if (to.nodeName !== from.nodeName || to.childNodes.length !== from.childNodes.length) return false
    if (to.nodeType === 3) { if (to.data !== from.data) to.data = from.data; return true }
    for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value)
    return [...from.childNodes].every((n, i) => patch(to.childNodes[i], n))
  }

  document.addEventListener('htmx:before:swap', e => {
    const { tasks } = e.detail
    const order = tasks.findIndex(t => t.target?.id === 'bots-order')
    if (order >= 0) arrange(tasks.splice(order, 1)[0].fragment.firstElementChild)
    for (let i = tasks.length - 1; i >= 0; i--) {
      const task = tasks[i], next = task.fragment?.firstElementChild
      // Its target wasn't there yet when htmx looked for it.
      if (!task.target && next?.id.startsWith('bot-')) task.target = document.getElementById(next.id)
      // Hundreds of these may come at once: the general way costs many times as much.
      if (task.target?.dataset?.usage !== undefined && next && patch(task.target, next)) tasks.splice(i, 1)
    }
  })

  // ---- buttons and menus ----

  const menu = document.getElementById('bot-menu')
  let opener = null

  document.addEventListener('submit', e => {
    if (e.target.getAttribute('id') !== 'bot-act' || !e.submitter || 'leave' in e.submitter.dataset) return
    e.preventDefault()
    htmx.ajax('POST', e.submitter.getAttribute('formaction'), { source: e.submitter, swap: 'none', target: '#toasts' })
    if (menu?.contains(e.submitter)) menu.hidePopover()
  })

  const open = async link => {
    link.setAttribute('aria-busy', 'true')
    const answer = await fetch(link.href, { headers: { 'HX-Request': 'true' } }).catch(() => null)
    link.removeAttribute('aria-busy')
    if (answer?.status === 401) return location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
    if (!answer?.ok) return location.assign(link.href)
    menu.innerHTML = await answer.text()
    opener = link
    menu.showPopover()
    link.ariaExpanded = 'true'
    const at = link.getBoundingClientRect(), size = menu.getBoundingClientRect()
    const top = at.bottom + size.height + 8 > innerHeight ? Math.max(8, at.top - size.height - 4) : at.bottom + 4
    menu.style.position = 'fixed'
    menu.style.inset = 'auto'
    menu.style.top = top + 'px'
    menu.style.left = Math.max(8, at.right - size.width) + 'px'
    menu.querySelector('[role=menuitem]')?.focus()
  }
  document.addEventListener('click', e => {
    const link = e.target.closest?.('[data-bot-menu]')
    if (!link || !menu || e.ctrlKey || e.metaKey || e.shiftKey) return
    e.preventDefault()
    if (menu.matches(':popover-open') && opener === link) menu.hidePopover()
    else open(link)
  })
  // What says that it is a button can be pressed as one.
  document.addEventListener('keydown', e => {
    if (e.key !== ' ' || !e.target.matches?.('[data-bot-menu]')) return
    e.preventDefault()
    e.target.click()
  })
  menu?.addEventListener('keydown', e => {
    const items = [...menu.querySelectorAll('[role=menuitem]')], at = items.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[e.key]
    if (to === undefined) return
    e.preventDefault()
    items.at(to % items.length)?.focus()
  })
  menu?.addEventListener('toggle', e => {
    if (e.newState !== 'closed') return
    if (opener) opener.ariaExpanded = 'false'
    if (menu.contains(document.activeElement)) opener?.focus()
  })
  addEventListener('scroll', () => { if (menu?.matches(':popover-open')) menu.hidePopover() }, { passive: true })

  // ---- dragging pinned bots; the menu's "Move up" and "Move down" do the same ----

  const pinned = el => el?.closest?.('[data-section="*pinned"] [data-bot-id]')
  let dragged = null
  const mark = el => {
    for (const x of document.querySelectorAll('[data-drop]')) if (x !== el) delete x.dataset.drop
    if (el) el.dataset.drop = ''
  }
  document.addEventListener('pointerdown', e => {
    const el = pinned(e.target)
    if (el) el.draggable = e.pointerType === 'mouse' && !e.target.closest('a,button,input,summary')
  })
  document.addEventListener('dragstart', e => {
    dragged = pinned(e.target)
    if (!dragged) return
    e.dataTransfer.effectAllowed = 'move'
    e.dataTransfer.setData('text/plain', dragged.querySelector('a').textContent)
  })
  document.addEventListener('dragover', e => {
    const el = dragged && pinned(e.target)
    if (!el) return
    e.preventDefault()
    mark(el === dragged ? null : el)
  })
  document.addEventListener('dragend', () => { dragged = null; mark(null) })
  document.addEventListener('drop', e => {
    const el = dragged && pinned(e.target)
    if (!el || el === dragged) return
    e.preventDefault()
    const all = [...el.parentNode.children]
    // Dropped on a later one it comes behind that, on an earlier one before it.
    const before = all.indexOf(dragged) < all.indexOf(el) ? el.nextElementSibling : el
    const q = new URLSearchParams({ to: 'before', before: before?.dataset.botId ?? '' })
    htmx.ajax('POST', `/bots/${dragged.dataset.botId}/pin?${q}`, { source: list(), swap: 'none', target: '#toasts' })
  })
}
