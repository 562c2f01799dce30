// Writes numbers as the language of the page does: botswainNumber(1234.5, 1) is "1,234.5", or "1.234,5". Intl can do that,
// but the first use of it keeps a phone busy for longer than all other scripts of a page.
'use strict'
window.botswainNumber = (v, decimals = 0) => {
  const [whole, rest = ''] = Math.abs(v).toFixed(decimals).split('.'), digits = rest.replace(/0+$/, '')
  const out = whole.replace(/\B(?=(\d{3})+$)/g, botswainWords('group')) + (digits && botswainWords('decimal') + digits)
  return v < 0 && /[1-9]/.test(out) ? '-' + out : out
}
