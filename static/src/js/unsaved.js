// Nothing that was typed is lost by a slip: while a form on the page has changes that weren't sent, leaving
// the page asks first, and so does a request that would replace the form. data-careless forms don't count
// (filters, the console).
'use strict'
if (document.getElementById('sign-out')) { // what is typed to sign in is nothing to lose
  const forms = () => [...document.querySelectorAll('#main form[method="post"]:not([data-careless],[data-console])')]
  const typed = el => el.matches('textarea,select') || (el.matches('input') && !['hidden', 'submit', 'button'].includes(el.type))
  const sent = new WeakSet()

  // What the server put there is what counts as unchanged. A form that came back with errors has changes
  // from the start: what it shows isn't stored.
  const changed = form => {
    if (sent.has(form)) return false
    const fields = [...form.elements].filter(typed)
    if (form.closest('dialog') || fields.length === 0) return false
    if (form.dataset.changed !== undefined) return true
    return fields.some(el => {
      if (el.matches('select')) return [...el.options].some(o => o.selected !== o.defaultSelected) && [...el.options].some(o => o.defaultSelected)
      if (el.type === 'checkbox' || el.type === 'radio') return el.checked !== el.defaultChecked
      return el.name && el.value !== el.defaultValue
    })
  }
  const unsaved = () => forms().some(changed)
  window.botswainUnsaved = unsaved

  // Rows that were added or taken away, tags, a select without a choice from the server.
  document.addEventListener('change', e => { if (e.target.matches?.('select') && e.target.form) e.target.form.dataset.changed = '' })
  document.addEventListener('input', e => { const tags = e.target.closest?.('[data-tags]'); if (tags && e.target.form) e.target.form.dataset.changed = '' })
  document.addEventListener('click', e => {
    const b = e.target.closest?.('[data-remove-row],[data-take-env],[data-tags] button')
    const form = b?.closest('form') ?? (b && document.getElementById(b.dataset.takeEnv)?.closest('form'))
    if (form) form.dataset.changed = ''
  })
  if (document.querySelector('#problems')) for (const f of forms()) if (f.querySelector('[aria-invalid="true"]') || forms().length === 1) f.dataset.changed = ''

  document.addEventListener('submit', e => {
    if (e.defaultPrevented) return
    sent.add(e.target)
    // A form that htmx sends stays where it is; when that fails its changes count again.
    if (e.target.matches('[hx-post]')) setTimeout(() => sent.delete(e.target), 0)
  })
  // Taken: where the answer leads away from the page, nothing is lost by that. (htmx goes there after this event.)
  document.addEventListener('htmx:after:request', e => {
    const { ctx } = e.detail
    const el = ctx.sourceElement
    // What a field or a button asks and puts into the page (how a command is understood) sends nothing.
    if (!el?.matches?.('form') && ctx.swap !== 'none') return
    const form = el?.closest?.('form') ?? el?.form
    if (form && ctx.response?.status < 400) sent.add(form)
  })
  document.addEventListener('input', e => { if (e.target.form) sent.delete(e.target.form) })
  addEventListener('pageshow', e => { if (e.persisted) for (const f of forms()) sent.delete(f) })
  addEventListener('beforeunload', e => { if (unsaved()) e.preventDefault() })

  document.addEventListener('htmx:before:request', e => {
    const { ctx } = e.detail
    const target = ctx.target instanceof Element ? ctx.target : null
    if (!target || ctx.swap === 'none' || ctx.sourceElement?.closest?.('form') && forms().includes(ctx.sourceElement.closest('form'))) return
    if (forms().some(f => target.contains(f) && changed(f)) && !confirm(botswainWords('unsaved'))) e.preventDefault()
  })
}
