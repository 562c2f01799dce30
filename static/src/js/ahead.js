// Shows at once where a pressed button leads: the badge says Stopping while the server is still being asked. Only
// steps that the server takes at once are shown ahead (the state table is app/supervisor/state.go), and what it
// doesn't take is taken back: at once when it refuses or can't be reached, else when nothing has come for a moment.
'use strict'
{
  const PATIENCE = 2_000 // milliseconds after the answer, for the state to come by the stream
  const up = ['starting', 'running', 'unresponsive']
  const steps = {
    start: { from: ['stopped', 'crashed', 'exited', 'waiting'], to: 'starting' },
    stop: { from: up, to: 'stopping' }, restart: { from: up, to: 'stopping' }, kill: { from: up, to: 'stopping' },
  }

  // boxes are the outermost elements of the bots that a button is about.
  const boxes = button => {
    if (button.form?.getAttribute('id') === 'bot-pick')
      return [...document.querySelectorAll('#bots [data-pick]:checked')].map(b => document.getElementById('bot-' + b.value))
    const [, id] = (button.getAttribute('formaction') ?? '').match(/^\/bots\/([^/]+)\//) ?? []
    return [button.closest('[data-rev]') ?? document.querySelector(`#main [data-rev][data-bot-id="${CSS.escape(id ?? '')}"]`)]
  }
  const show = (box, step) => {
    const badge = box?.querySelector('.status-badge')
    if (!badge || !step.from.includes(box.dataset.state)) return null
    const was = { box, badge, rev: box.dataset.rev, state: box.dataset.state, content: [...badge.childNodes] }
    box.dataset.state = badge.dataset.state = step.to
    badge.replaceChildren(document.getElementById('spinner')?.content.cloneNode(true) ?? '', step.to === 'starting' ? botswainWords('starting') : botswainWords('stopping'))
    return was
  }
  const takeBack = ({ box, badge, rev, state, content }) => {
    if (!badge.isConnected || box.dataset.rev !== rev) return // the server has said more
    box.dataset.state = badge.dataset.state = state
    badge.replaceChildren(...content)
  }

  const ahead = new WeakMap() // request → what is shown ahead of it
  document.addEventListener('htmx:before:request', e => {
    const { ctx } = e.detail, button = ctx.sourceElement
    const step = button?.matches?.('button') && steps[button.dataset.action ?? (button.name === 'action' ? button.value : '')]
    if (step) ahead.set(ctx, boxes(button).map(box => show(box, step)).filter(Boolean))
  })
  document.addEventListener('htmx:finally:request', e => {
    const { ctx } = e.detail, shown = ahead.get(ctx) ?? []
    if (ctx.response?.status < 400) setTimeout(() => shown.forEach(takeBack), PATIENCE)
    else shown.forEach(takeBack)
  })
}
