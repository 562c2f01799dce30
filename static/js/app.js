// What every page needs: theme, dialogs, menus, passwords to show, the slash key, dismissing toasts. No
// inline handlers anywhere: one listener per kind of event, and data-* attributes say what to do.
'use strict'
{
  const root = document.documentElement
  const system = matchMedia('(prefers-color-scheme: dark)')

  // The stored choice is dropped when it is what the system wants anyway: then the page follows it again.
  const toggleTheme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'deepsea' : system.matches
    const theme = dark ? 'harbor' : 'deepsea'
    const same = (theme === 'deepsea') === system.matches
    if (same) delete root.dataset.theme
    else root.dataset.theme = theme
    try {
      if (same) localStorage.removeItem('theme')
      else localStorage.setItem('theme', theme)
    } catch { /* storage is off: the choice lasts as long as the page */ }
  }

  const reveal = button => {
    const input = document.getElementById(button.dataset.reveal)
    const show = input.type === 'password'
    input.type = show ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(show))
  }

  // Buttons with commandfor open and close dialogs by themselves in browsers that know it.
  const itself = b => 'commandForElement' in b && b.commandForElement
  const actions = {
    themeToggle: toggleTheme,
    open: b => { if (!itself(b)) document.getElementById(b.dataset.open)?.showModal() },
    close: b => { if (!itself(b)) b.closest('dialog')?.close() },
    reveal,
    dismiss: b => b.closest('[data-toast]')?.remove(),
  }

  document.addEventListener('click', e => {
    const t = e.target.closest('[data-theme-toggle],[data-open],[data-close],[data-reveal],[data-dismiss]')
    if (t) for (const name of Object.keys(actions)) if (name in t.dataset) actions[name](t)
    // A click anywhere else closes the open menus; one on an entry closes its own.
    for (const menu of document.querySelectorAll('details[data-menu][open]'))
      if (!menu.contains(e.target) || e.target.closest('ul')) menu.open = false
  })

  document.addEventListener('keydown', e => {
    if (e.key === 'Escape') {
      for (const menu of document.querySelectorAll('details[data-menu][open]')) {
        menu.open = false
        menu.querySelector('summary').focus()
      }
    }
    if (e.key === '/' && !e.ctrlKey && !e.metaKey && !e.altKey && !e.target.closest('input,textarea,select,[contenteditable]')) {
      const filter = document.querySelector('[data-slash]')
      if (filter) { e.preventDefault(); filter.focus(); filter.select?.() }
    }
  })

  // A dangerous button works once the name has been typed.
  const checkConfirm = input => {
    const button = input.form?.querySelector('[type=submit]')
    if (button) button.disabled = input.value.trim() !== input.dataset.confirm
  }
  document.addEventListener('input', e => { if (e.target.dataset?.confirm !== undefined) checkConfirm(e.target) })

  // Some controls do nothing without scripts, so they are hidden until now.
  const enhance = scope => {
    for (const b of scope.querySelectorAll('[data-theme-toggle][hidden],[data-reveal][hidden],[data-scripted][hidden]')) b.hidden = false
    for (const i of scope.querySelectorAll('[data-confirm]')) checkConfirm(i)
  }
  enhance(document)
  // What a form has to say comes first, also for browsers that focus only inputs by themselves.
  document.querySelector('[autofocus][tabindex="-1"]')?.focus()
  document.addEventListener('htmx:after:swap', () => enhance(document))
}
