// Runs before the first paint, so that a stored choice never flashes. Without one, the css follows
// the system.
try {
  const stored = localStorage.getItem('theme')
  if (stored === 'deepsea' || stored === 'harbor') document.documentElement.dataset.theme = stored
  // How logs are shown: see log.js.
  if (localStorage.getItem('log-wrap') === 'on') document.documentElement.dataset.logWrap = 'on'
  if (localStorage.getItem('log-times') === 'off') document.documentElement.dataset.logTimes = 'off'
} catch { /* storage is switched off: follow the system */ }
