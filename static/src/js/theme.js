// Runs before the first paint, so that a stored choice never flashes. Without one, the css follows
// the system. window.botswainTheme switches: "system", "light" or "dark"; it answers what is chosen.
'use strict'
{
  const root = document.documentElement
  const names = { light: 'harbor', dark: 'deepsea' }
  const show = theme => {
    if (theme) root.dataset.theme = theme
    else delete root.dataset.theme
    // What the browser draws around the page follows the choice too.
    const metas = [...document.querySelectorAll('meta[data-theme-color]')]
    for (const m of metas) {
      const chosen = theme && metas.find(x => x.media.includes(theme === 'deepsea' ? 'dark' : 'light'))
      m.content = (chosen || m).dataset.themeColor
    }
  }
  window.botswainTheme = name => {
    const theme = names[name] ?? ''
    if (name !== undefined) {
      show(theme)
      try {
        if (theme) localStorage.setItem('theme', theme)
        else localStorage.removeItem('theme')
      } catch { /* storage is off: the choice lasts as long as the page */ }
      document.dispatchEvent(new CustomEvent('theme:changed'))
    }
    return { harbor: 'light', deepsea: 'dark' }[root.dataset.theme] ?? 'system'
  }
  try {
    const stored = localStorage.getItem('theme')
    if (stored === 'deepsea' || stored === 'harbor') show(stored)
    // How logs are shown: see log.js.
    if (localStorage.getItem('log-wrap') === 'on') root.dataset.logWrap = 'on'
    if (localStorage.getItem('log-times') === 'off') root.dataset.logTimes = 'off'
  } catch { /* storage is switched off: follow the system */ }
}
