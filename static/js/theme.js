// Runs before the first paint, so that a stored choice never flashes. Without one, the css follows
// the system.
try {
  const stored = localStorage.getItem('theme')
  if (stored === 'deepsea' || stored === 'harbor') document.documentElement.dataset.theme = stored
} catch { /* storage is switched off: follow the system */ }
