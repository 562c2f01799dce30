// What happens while a request runs and when it fails: busy buttons, toasts, the way to the login.
'use strict'
{
  const busy = new WeakMap() // button → its own content

  const setBusy = button => {
    if (!button || busy.has(button)) return
    busy.set(button, [...button.childNodes])
    const spinner = document.getElementById('spinner')?.content.cloneNode(true) ?? ''
    button.setAttribute('aria-busy', 'true')
    if (button.dataset.busy) {
      const words = button.querySelector('span.max-sm\\:sr-only')?.cloneNode() // hidden where the button is an icon
      if (words) words.textContent = button.dataset.busy
      button.replaceChildren(spinner, button.classList.contains('btn-square') ? '' : words ?? button.dataset.busy)
    }
  }
  const clearBusy = button => {
    if (!button || !busy.has(button)) return
    button.replaceChildren(...busy.get(button))
    button.removeAttribute('aria-busy')
    busy.delete(button)
  }

  // A busy button can't be pressed again, by mouse or by keyboard.
  document.addEventListener('click', e => {
    if (e.target.closest?.('[aria-busy="true"]')?.matches('button,a')) { e.preventDefault(); e.stopPropagation() }
  }, true)

  const pressed = new WeakMap() // form → the button that sent it
  document.addEventListener('submit', e => {
    if (e.defaultPrevented && !e.target.matches('[hx-post],[hx-get]')) return
    if ([...e.target.querySelectorAll('[aria-busy="true"]')].length) { e.preventDefault(); e.stopPropagation(); return }
    pressed.set(e.target, e.submitter)
    // The form's data is collected after this event: what the button says may change only then.
    if (!e.target.matches('[hx-post],[hx-get],[method=dialog]')) setTimeout(() => setBusy(e.submitter))
  }, true)
  // Coming back with the browser's back button shows the page as it was left.
  addEventListener('pageshow', e => { if (e.persisted) for (const b of document.querySelectorAll('[aria-busy="true"]')) clearBusy(b) })

  const buttonOf = source => source?.matches?.('form') ? pressed.get(source) : source?.matches?.('button,a') ? source : null
  document.addEventListener('htmx:before:request', e => setBusy(buttonOf(e.detail.ctx.sourceElement)))
  document.addEventListener('htmx:finally:request', e => clearBusy(buttonOf(e.detail.ctx.sourceElement)))

  const failed = () => {
    const toast = document.getElementById('request-failed')?.content.cloneNode(true)
    if (toast) document.getElementById('toasts')?.append(toast)
  }
  document.addEventListener('htmx:error', e => {
    // Event streams tell of their trouble in the connection indicator.
    if (e.detail.error && !e.detail.ctx?.sourceElement?.closest?.('#live')) failed()
  })
  document.addEventListener('htmx:after:request', e => {
    const { ctx } = e.detail
    if (ctx.sourceElement?.id === 'live') return // live.js knows
    if (ctx.response.status === 401 && !ctx.hx?.redirect) {
      e.preventDefault()
      location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
    } else if (ctx.response.status >= 400 && /^\s*<!doctype/i.test(ctx.text ?? '') && ctx.target !== document.body) {
      // A whole error page has no place inside a part of this one.
      e.preventDefault()
      failed()
    }
  })

  // A question that was answered is over.
  document.addEventListener('htmx:finally:request', e => {
    const { sourceElement, response } = e.detail.ctx
    if (sourceElement?.matches?.('[data-closes]') && response?.status < 400) sourceElement.closest('dialog')?.close()
  })

  // The button that was pressed goes when its bot's state changes: focus stays with what takes its place, and not on
  // another button, which the same key would press.
  let actions = '' // where the focus is, when a part is about to be drawn anew
  document.addEventListener('htmx:before:swap', () => {
    const box = document.activeElement?.closest?.('[data-actions]'), bot = box?.closest('[data-bot-id]')
    actions = bot ? `[data-bot-id="${bot.dataset.botId}"] [data-actions]` : ''
  })
  document.addEventListener('htmx:after:swap', () => {
    if (!actions || document.activeElement !== document.body) return
    const box = document.querySelector(actions)
    actions = ''
    if (!box) return
    box.tabIndex = -1
    box.focus({ preventScroll: true })
  })

  // What is undone once isn't offered again.
  document.addEventListener('htmx:finally:request', e => {
    const { ctx } = e.detail
    if (ctx.sourceElement?.matches?.('[data-undo]') && ctx.response?.status < 400) ctx.sourceElement.closest('[data-toast]')?.remove()
  })

  // Toasts: good news leaves after 6 s (not while it is read), errors stay, four at most.
  const watch = toast => {
    if (!(toast instanceof HTMLElement) || !toast.matches('[data-toast]')) return
    if (['error', 'warn'].includes(toast.dataset.state)) return
    // Longer when it can be undone; and not while somebody is about to, or away.
    const leave = () => setTimeout(() => toast.matches(':hover,:focus-within,:has([aria-busy="true"])') || document.hidden ? leave() : toast.remove(), toast.querySelector('[data-undo]') ? 12000 : 6000)
    leave()
  }
  const region = document.getElementById('toasts')
  if (region) {
    for (const toast of region.children) watch(toast)
    // Behind an open dialog nothing can be read or pressed: messages come in front of it.
    const home = region.parentElement
    const front = () => {
      const host = [...document.querySelectorAll('dialog:modal')].at(-1) ?? home
      if (region.parentElement !== host) host.append(region)
    }
    document.addEventListener('close', front, true)
    // A part that is drawn anew with a dialog in it would take them along.
    document.addEventListener('htmx:after:swap', () => { if (!region.isConnected) front() })
    new MutationObserver(changes => {
      for (const c of changes) c.addedNodes.forEach(watch)
      if (region.childElementCount) front()
      while (region.childElementCount > 4) (region.querySelector('[data-toast]:not([data-state=error])') ?? region.firstElementChild).remove()
    }).observe(region, { childList: true })
  }
}
