// The console below a log: it can be sent while the bot has a run, a sent line is cleared and remembered, the arrow keys bring earlier ones back.
'use strict'
{
  const form = document.querySelector('[data-console]')
  const line = form?.querySelector('[name=line]')
  if (line) {
    const sent = []
    let at = 0 // sent.length is the line that is being written
    let draft = ''
    const show = n => {
      if (n < 0 || n > sent.length || n === at) return
      if (at === sent.length) draft = line.value
      at = n
      line.value = n === sent.length ? draft : sent[n]
      line.setSelectionRange(line.value.length, line.value.length)
    }
    line.addEventListener('keydown', e => {
      if (e.isComposing || e.altKey || e.ctrlKey || e.metaKey || !['ArrowUp', 'ArrowDown'].includes(e.key)) return
      e.preventDefault()
      show(at + (e.key === 'ArrowUp' ? -1 : 1))
    })
    const button = form.querySelector('[type=submit]')
    const follow = () => {
      const runs = form.querySelector('[name=run]').value !== ''
      button.disabled = !runs
      form.querySelector('[data-console-open]').hidden = !runs
      form.querySelector('[data-console-shut]').hidden = runs
    }
    document.addEventListener('htmx:after:swap', follow)
    let pending = ''
    document.addEventListener('htmx:before:request', e => { if (e.detail.ctx.sourceElement === form) pending = line.value })
    document.addEventListener('htmx:after:request', e => {
      if (e.detail.ctx.sourceElement !== form || e.detail.ctx.response.status !== 200) return
      if (pending && sent.at(-1) !== pending) sent.push(pending)
      if (sent.length > 100) sent.shift()
      at = sent.length
      draft = ''
      if (line.value === pending) line.value = '' // what was typed meanwhile stays
    })
  }
}
