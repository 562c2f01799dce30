// Shortcuts of single keys, and the sheet that lists them (?). They never act while somebody types, and
// can be switched off there, because dictation and slips of the hand press keys too. Keys that other scripts
// listen to ask singleKeysOff as well.
'use strict'
const singleKeysOff = () => document.documentElement.dataset.keys === 'off'
if (document.getElementById('shortcuts')) {
  const root = document.documentElement
  const sheet = document.getElementById('shortcuts')
  try { if (localStorage.getItem('keys') === 'off') root.dataset.keys = 'off' } catch { /* storage is off: they are on */ }

  const toggle = document.getElementById('shortcuts-on')
  if (toggle) {
    toggle.checked = !singleKeysOff()
    toggle.addEventListener('change', () => {
      if (toggle.checked) delete root.dataset.keys
      else root.dataset.keys = 'off'
      try {
        if (toggle.checked) localStorage.removeItem('keys')
        else localStorage.setItem('keys', 'off')
      } catch { /* as long as the page, then */ }
    })
  }

  const typing = e => e.target.closest?.('input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]')
  const visible = el => el.checkVisibility ? el.checkVisibility() : el.getClientRects().length > 0

  // The entries of what the page lists: bots, runs, events with a link.
  const entries = () => [...document.querySelectorAll('#main [data-entry], #main article[data-bot-id] h3 a, #main table tbody tr')]
    .map(e => e.matches('tr') ? e.querySelector('a[href]') : e).filter((e, i, all) => e && visible(e) && all.indexOf(e) === i)
  const move = by => {
    const all = entries()
    if (all.length === 0) return false
    const at = all.indexOf(document.activeElement)
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))]
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
    return true
  }

  let waiting = 0 // a g was pressed: the next key says where to go
  const go = key => {
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`)
    if (link) link.click()
    return !!link
  }

  const act = key => {
    switch (key) {
      case '/': {
        const filter = [...document.querySelectorAll('[data-slash]')].find(visible)
        if (!filter) return false
        filter.focus()
        filter.select?.()
        return true
      }
      case '?':
        sheet.showModal()
        return true
      case 'j': return move(1)
      case 'k': return move(-1)
      case 'g':
        waiting = Date.now()
        return true
    }
    return false
  }

  document.addEventListener('keydown', e => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || singleKeysOff() || typing(e) || document.querySelector('dialog[open]')) return
    const second = waiting && Date.now() - waiting < 1500
    waiting = 0
    if (second ? go(e.key.toLowerCase()) : act(e.key)) e.preventDefault()
  })
}
