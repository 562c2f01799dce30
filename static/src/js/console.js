// The console below a log: it can be sent while the bot has a run, a sent line is cleared and remembered, the arrow keys
// bring earlier ones back. A filter draws it anew, so what is written is kept here.
'use strict'
{
  const consoleForm = () => document.querySelector('[data-console]')
  const lineOf = form => form?.querySelector('[name=line]')
  const sent = []
  let at = 0 // sent.length is the line that is being written
  let draft = ''
  let pending = '' // what is under way
  let known = consoleForm()

  const show = (line, n) => {
    if (n < 0 || n > sent.length || n === at) return
    if (at === sent.length) draft = line.value
    at = n
    line.value = n === sent.length ? draft : sent[n]
    line.setSelectionRange(line.value.length, line.value.length)
  }
  document.addEventListener('keydown', e => {
    if (!e.target.matches?.('[data-console] [name=line]')) return
    if (e.isComposing || e.altKey || e.ctrlKey || e.metaKey || !['ArrowUp', 'ArrowDown'].includes(e.key)) return
    e.preventDefault()
    show(e.target, at + (e.key === 'ArrowUp' ? -1 : 1))
  })
  const isOurs = source => source?.matches?.('[data-console]')
  document.addEventListener('htmx:before:request', e => { if (isOurs(e.detail.ctx.sourceElement)) pending = lineOf(e.detail.ctx.sourceElement).value })
  document.addEventListener('htmx:after:request', e => {
    if (!isOurs(e.detail.ctx.sourceElement) || e.detail.ctx.response.status !== 200) return
    if (pending && sent.at(-1) !== pending) sent.push(pending)
    if (sent.length > 100) sent.shift()
    at = sent.length
    draft = ''
    const line = lineOf(consoleForm())
    if (line && line.value === pending) line.value = '' // what was typed meanwhile stays
  })

  const follow = () => {
    const form = consoleForm()
    if (!form) return
    if (known && known !== form) lineOf(form).value ||= lineOf(known).value
    known = form
    const runs = form.querySelector('[name=run]').value !== ''
    form.querySelector('[type=submit]').disabled = !runs
    form.querySelector('[data-console-open]').hidden = !runs
    form.querySelector('[data-console-shut]').hidden = runs
  }
  document.addEventListener('htmx:after:swap', follow)
}
