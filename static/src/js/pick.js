// Choosing bots for an action on many: checkboxes, a range with Shift, all that the filter shows. What leaves
// the list isn't chosen any more, so nothing is acted on that can't be seen.
'use strict'
if (document.getElementById('pick-bar')) {
  const chosen = new Set()
  let last = null // the checkbox that a range begins at
  const bar = document.getElementById('pick-bar'), count = document.getElementById('pick-count')
  const boxes = () => [...document.querySelectorAll('#bots [data-pick]')]

  const show = () => {
    const all = boxes(), n = chosen.size
    bar.toggleAttribute('data-open', n > 0)
    document.getElementById('bots').toggleAttribute('data-picking', n > 0)
    const words = n === 0 ? '' : botswainWords('selected', { n })
    if (count.textContent !== words) count.textContent = words
    for (const b of document.querySelectorAll('[data-pick-all]')) {
      b.hidden = false
      if (b.type === 'checkbox') { b.checked = n > 0 && n === all.length; b.indeterminate = n > 0 && n < all.length }
      else { b.hidden = n === all.length; b.textContent = botswainWords('select-all', { n: all.length }) }
    }
    for (const b of document.querySelectorAll('[data-pick-none]')) b.hidden = false
  }
  const set = (box, on) => {
    box.checked = on
    if (on) chosen.add(box.value)
    else chosen.delete(box.value)
  }
  const setAll = on => { for (const b of boxes()) set(b, on); show() }

  document.addEventListener('click', e => {
    const box = e.target.closest?.('[data-pick]')
    if (box) {
      const all = boxes(), from = all.indexOf(last), to = all.indexOf(box)
      if (e.shiftKey && from >= 0) for (const b of all.slice(Math.min(from, to), Math.max(from, to) + 1)) set(b, box.checked)
      set(box, box.checked)
      last = box
      return show()
    }
    const every = e.target.closest?.('[data-pick-all]')
    if (every) return setAll(every.type === 'checkbox' ? every.checked : true)
    if (e.target.closest?.('[data-pick-none]')) return setAll(false)
    const kill = e.target.closest?.('[data-kill]')
    if (kill) {
      e.preventDefault()
      ask()
    }
  })

  const ask = () => {
    const dialog = document.getElementById('kill-picked')
    const names = boxes().filter(b => b.checked).map(b => document.querySelector(`#bot-${CSS.escape(b.value)} a[href="/bots/${b.value}"]`).textContent)
    dialog.querySelector('[data-names]').textContent = names.slice(0, 12).join(', ') + (names.length > 12 ? ` … (${names.length})` : '')
    dialog.showModal()
  }

  document.addEventListener('submit', e => {
    // Not .id or .action: the fields of these names would stand for them.
    if (e.target.getAttribute('id') !== 'bot-pick' || !e.submitter) return
    e.preventDefault()
    const button = e.submitter
    htmx.ajax('POST', button.getAttribute('formaction') ?? e.target.getAttribute('action'), { source: button, swap: 'none', target: '#toasts' })
  })
  // What failed can be tried again with the same bots.
  document.addEventListener('htmx:finally:request', e => {
    const { sourceElement, response } = e.detail.ctx
    if (sourceElement?.form?.getAttribute('id') !== 'bot-pick' || !(response?.status < 400)) return
    setAll(false)
    sourceElement.closest('dialog')?.close()
  })

  // The list has changed: what is drawn anew is unchecked, what is gone isn't chosen.
  document.addEventListener('htmx:after:swap', () => {
    if (chosen.size === 0 && !document.getElementById('pick-head')?.hidden) return
    const here = new Map(boxes().map(b => [b.value, b]))
    for (const id of chosen) {
      const box = here.get(id)
      if (!box) chosen.delete(id)
      else if (!box.checked) box.checked = true
    }
    show()
  })
  // Messages come above the bar, not over it.
  const messages = document.getElementById('toasts')
  new ResizeObserver(() => { messages.style.marginBottom = bar.offsetHeight ? bar.offsetHeight + 12 + 'px' : '' }).observe(bar)

  // Browsers keep checkboxes over a reload; the page begins with none.
  setAll(false)
}
