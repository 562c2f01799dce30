// What every page needs: theme, dialogs, menus, passwords to show, dismissing toasts. No
// inline handlers anywhere: one listener per kind of event, and data-* attributes say what to do.
'use strict'
{
  // Chosen as the system wants it anyway, the page follows the system again.
  const toggleTheme = () => {
    const system = matchMedia('(prefers-color-scheme: dark)').matches, now = window.botswainTheme()
    const dark = now === 'system' ? !system : now === 'light'
    window.botswainTheme(dark === system ? 'system' : dark ? 'dark' : 'light')
  }
  const showTheme = () => {
    for (const b of document.querySelectorAll('[data-theme-set]')) b.setAttribute('aria-pressed', String(b.dataset.themeSet === window.botswainTheme()))
  }
  document.addEventListener('theme:changed', showTheme)
  // Another tab of this browser changed it.
  addEventListener('storage', e => { if (e.key === 'theme') window.botswainTheme({ harbor: 'light', deepsea: 'dark' }[e.newValue] ?? 'system') })

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
    themeSet: b => window.botswainTheme(b.dataset.themeSet),
    open: b => { if (!itself(b)) document.getElementById(b.dataset.open)?.showModal() },
    close: b => { if (!itself(b)) b.closest('dialog')?.close() },
    reveal,
    dismiss: b => b.closest('[data-toast]')?.remove(),
  }

  let opener = null // the menu that a dialog was opened from; a live update may have drawn it anew since
  document.addEventListener('close', e => {
    if (!e.target.matches?.('dialog')) return
    const at = document.activeElement // the browser found nothing to give the focus back to
    if (at === document.body || e.target.contains(at)) (document.getElementById(opener?.id) ?? opener)?.querySelector('summary').focus()
    opener = null
  }, true)
  document.addEventListener('focusout', e => {
    const menu = e.target.closest?.('details[data-menu][open]')
    if (menu && e.relatedTarget && !menu.contains(e.relatedTarget)) menu.open = false
  })

  document.addEventListener('click', e => {
    const t = e.target.closest('[data-theme-toggle],[data-theme-set],[data-open],[data-close],[data-reveal],[data-dismiss]')
    if (t) for (const name of Object.keys(actions)) if (name in t.dataset) actions[name](t)
    // A dialog that a menu opens leads back to the menu's button: the entry will be hidden by then.
    const inMenu = t && ('open' in t.dataset || t.commandForElement) ? t.closest('details[data-menu]') : null
    if (inMenu) opener = inMenu
    // A click anywhere else closes the open menus; one on an entry closes its own.
    for (const menu of document.querySelectorAll('details[data-menu][open]'))
      if (!menu.contains(e.target) || (e.target.closest('ul') && !e.target.closest('[data-theme-set]'))) menu.open = false
  })

  document.addEventListener('keydown', e => {
    if (e.key === 'Escape') {
      for (const menu of document.querySelectorAll('details[data-menu][open]')) {
        menu.open = false
        menu.querySelector('summary').focus()
      }
      const nav = document.getElementById('nav')
      if (nav?.checked) { nav.checked = false; nav.focus({ preventScroll: true }) }
    }
  })

  // Coming back finds the page as it was left, but not behind the menu that led away.
  addEventListener('pageshow', () => {
    const nav = document.getElementById('nav')
    if (nav) nav.checked = false
  })

  // Choices that are made at once: the page they lead to is loaded.
  document.addEventListener('change', e => { if (e.target.form && 'autosubmit' in e.target.form.dataset) e.target.form.requestSubmit() })

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
  // On a narrow page the tabs scroll sideways: the one that is shown is in sight.
  const showTab = () => {
    for (const tab of document.querySelectorAll('[data-tabs] > [aria-current=page]'))
      tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2
  }
  requestAnimationFrame(showTab) // with the first layout, not before it
  showTheme()
  // What a form has to say comes first, also for browsers that focus only inputs by themselves.
  document.querySelector('[autofocus][tabindex="-1"]')?.focus()
  // Only in what comes in: a dashboard has tens of thousands of elements, and gets something every two seconds.
  document.addEventListener('htmx:before:swap', e => { for (const t of e.detail.tasks) if (t.fragment) enhance(t.fragment) })

  // Going back twice at once: htmx loads the page anew for the first step, and the second may come when the new page
  // doesn't hear it yet. Then it shows what isn't at its address any more.
  document.addEventListener('DOMContentLoaded', () => {
    const [came] = performance.getEntriesByType('navigation'), key = came?.name + ' ' + location.href
    if (came?.type !== 'reload' || came.name.split('#')[0] === location.href.split('#')[0]) return
    try { // once only: an address may lead to another
      if (sessionStorage.getItem('again') === key) return
      sessionStorage.setItem('again', key)
    } catch { return }
    location.reload()
  })
}
