// Takes out of the built css what makes the browser look through the whole page whenever an element comes or goes: htmx
// puts one behind the body and takes it away with each swap, and each figure is a swap. A page with 500 bots then
// takes 20 to 80 ms each time, one with three 50 ms on a phone (measured in Chromium 156).
import { readFileSync, writeFileSync } from 'node:fs'

const file = 'static/css/app.css'
let css = readFileSync(file, 'utf8')

// Choices of a selector list: themes are chosen by data-theme, and .input, .toggle and the like are the control itself
// or a label whose control isn't disabled.
const choices = [
  /:root:has\(input\.theme-controller\[value="?[\w-]+"?\]:checked\)/, /\.(input|select|textarea):has\(>(input|select|textarea)\[disabled\]\)(?!>)/,
  /\.toggle:has\((:focus-visible|>input:checked)\)/, /\.toggle-\w+:has\(\[type=checkbox\]\)/, /\.btn:has\(:focus-visible\)/,
]
// A bottom bar has links alone, a select has no select within.
css = css.replaceAll('.dock>:not(:where(script,style,template))', '.dock>*').replaceAll(':is(.select,.select select)', '.select')
for (const { source } of choices) css = css.replace(new RegExp(`,${source}(?=[,){])`, 'g'), '').replace(new RegExp(`${source},`, 'g'), '')

// Whole rules. Those of :root keep the page from scrolling behind dialogs and the drawer: static/src/app.css has the
// same without looking for them. Dropdowns are <details>, toggles are <input>, labels have no
// control within, menus have no menus within, and nothing in the bottom bar is ever disabled.
const costly = [
  '.prose ', 
  ':root:has(', ':where(:root:has(', '.dropdown>:not(:has(~', '.toggle>:nth-child', '.toggle:has(', '.label:has(', '.floating-label:has(',
  '.menu details', ':is(.menu :where(li)>:not(ul', ':is(:is(.table tr.row-hover)', ':is(.dropdown[popover]', ':is(.menu :where(li>details', '.menu :where(li>details', '.dock>*[aria-disabled', ':is(.dock>*[aria-disabled', ':is(.dock>*):',
  '.input:has(>input[disabled])>', '.select:has(>select[disabled])>', '.textarea:has(>textarea[disabled])>',
]
for (const start of costly) {
  const pattern = new RegExp('(?<=[{};])' + start.replace(/\W/g, '\\$&'))
  for (let from = css.search(pattern); from >= 0; from = css.search(pattern)) {
    let at = css.indexOf('{', from), depth = 0
    do { if (css[at] === '{') depth++; if (css[at] === '}') depth--; at++ } while (depth)
    css = css.slice(0, from) + css.slice(at)
  }
}
writeFileSync(file, css)
const left = costly.filter(s => css.includes(s))
if (left.length) { console.error('prune: costly selectors are left in ' + file + ': ' + left.join(' ')); process.exit(1) }
