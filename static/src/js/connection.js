// Shows how the live connection goes: in #connection (and #log-state), in a message above the page while
// something is wrong, and to screen readers when it has changed for longer than a moment. The words are
// those of words.js.
'use strict'
{
  const live = window.botswainLive
  const main = document.getElementById('main')
  if (live && document.getElementById('live')) {
    const tones = { connecting: 'info', live: 'ok', waiting: 'warn', polling: 'info', offline: 'error', resting: 'info', out: 'error' }

    const text = mode => {
      const s = Math.max(0, Math.ceil((live.retryAt() - Date.now()) / 1000)), n = live.failures() + 1
      if (mode === 'waiting') return s ? (n > 2 ? botswainWords('waiting-more', { s, n }) : botswainWords('waiting', { s })) : botswainWords('waiting-now')
      if (mode === 'offline') return s ? botswainWords('offline', { s }) : botswainWords('offline-now')
      return botswainWords(mode)
    }

    const show = () => {
      const mode = live.mode()
      for (const place of ['connection', 'log-state'].map(id => document.getElementById(id)).filter(Boolean)) {
        if (!place.firstElementChild) {
          const dot = document.createElement('span')
          dot.setAttribute('aria-hidden', 'true')
          place.classList.add('inline-flex', 'items-center', 'gap-2')
          place.removeAttribute('role') // it would read out each second; #connection-said does it
          place.replaceChildren(dot, document.createElement('span'))
        }
        const [dot, label] = place.children
        place.dataset.state = tones[mode]
        place.dataset.mode = mode
        dot.className = 'status-dot' + (mode === 'live' ? ' motion-safe:animate-breathe' : '')
        const now = text(mode)
        if (label.textContent !== now) label.textContent = now
      }
    }

    // ---- messages above the page ----

    const notice = (id, tone, words, buttons = []) => {
      let box = document.getElementById(id)
      if (!words) return box?.remove()
      if (!box) {
        box = document.createElement('div')
        box.id = id
        box.className = 'status-banner mb-4'
        box.setAttribute('role', 'status')
        const p = document.createElement('p')
        p.className = 'min-w-0 grow basis-60'
        box.append(p, ...buttons.map(([label, click]) => {
          const b = document.createElement('button')
          b.type = 'button'
          b.className = 'btn btn-sm btn-quiet'
          b.textContent = label
          b.addEventListener('click', click)
          return b
        }))
        main.prepend(box)
      }
      box.dataset.state = tone
      if (box.firstElementChild.textContent !== words) box.firstElementChild.textContent = words
    }
    const notices = () => {
      const mode = live.mode()
      const trouble = { polling: botswainWords('polling-notice'), offline: botswainWords('offline-notice') }[mode]
      notice('polling-notice', tones[mode], trouble, [[botswainWords('try-now'), live.retry]])
      notice('out-notice', 'error', mode === 'out' && botswainWords('out-notice'), [[botswainWords('sign-in'), () => open('/login', '_blank', 'noopener')], [botswainWords('reload'), () => location.reload()]])
    }

    // A new build never reloads by itself: somebody may be typing.
    document.addEventListener('live:build', () => {
      notice('build-notice', 'info', window.botswainUnsaved?.() ? botswainWords('build-notice-unsaved') : botswainWords('build-notice'), [[botswainWords('reload'), () => location.reload()]])
    })

    // ---- screen readers ----

    let said = 'live', soon = 0
    const announce = mode => {
      clearTimeout(soon)
      soon = setTimeout(() => {
        if (mode === said || ['connecting', 'resting'].includes(mode)) return
        said = mode
        document.getElementById('connection-said').textContent = mode === 'waiting' ? botswainWords('waiting-now') : text(mode)
      }, 2000)
    }

    document.addEventListener('live:mode', e => { notices(); announce(e.detail.mode) })
    document.addEventListener('live:state', show)
    show()
  }
}
