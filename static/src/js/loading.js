// What stands in the place of a part that takes long to come: its skeleton, from 300 ms on. A place names its
// template with data-skeleton; what makes htmx ask for a new part names the place with data-loads.
'use strict'
{
  const AFTER = 300 // milliseconds: what comes sooner would only flash

  // botswainLoading begins to wait for a place's content, and gives the function that ends it.
  window.botswainLoading = place => {
    place.setAttribute('aria-busy', 'true')
    const slow = setTimeout(() => {
      const shape = document.getElementById(place.dataset.skeleton).content.cloneNode(true)
      for (const el of shape.children) el.dataset.shape = ''
      place.dataset.loading = ''
      place.append(shape)
    }, AFTER)
    return () => {
      clearTimeout(slow)
      place.removeAttribute('aria-busy')
      delete place.dataset.loading
      for (const el of place.querySelectorAll(':scope > [data-shape]')) el.remove()
    }
  }

  const waits = new WeakMap() // request → what ends the waiting
  document.addEventListener('htmx:before:request', e => {
    const { ctx } = e.detail, place = document.getElementById(ctx.sourceElement?.dataset?.loads ?? '')
    if (place) waits.set(ctx, botswainLoading(place))
  })
  document.addEventListener('htmx:finally:request', e => waits.get(e.detail.ctx)?.())
}
