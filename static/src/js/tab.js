// The browser's tab shows when bots need somebody: in its title and its picture. #tab-state says what; live
// updates replace it.
'use strict'
{
  const favicon = document.getElementById('favicon')
  let words = document.getElementById('tab-state')?.dataset.words ?? ''
  const show = () => {
    const state = document.getElementById('tab-state')
    if (!state) return
    if (state.dataset.words !== words) {
      const rest = words && document.title.startsWith(words + ' · ') ? document.title.slice(words.length + 3) : document.title
      words = state.dataset.words
      document.title = words ? `${words} · ${rest}` : rest
    }
    if (favicon.getAttribute('href') !== state.dataset.icon) favicon.setAttribute('href', state.dataset.icon)
  }
  document.addEventListener('htmx:after:swap', show)
}
