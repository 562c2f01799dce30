// Takes rules out of the built css that make the browser look through the whole page whenever an element
// comes or a class changes: with 500 bots that is 20 to 80 ms each time (measured in Chromium 156).
import { readFileSync, writeFileSync } from 'node:fs'

const file = 'static/css/app.css'
let css = readFileSync(file, 'utf8')

// Themes are chosen by data-theme, never by a checked input.
css = css.replace(/,:root:has\(input\.theme-controller\[value="?[\w-]+"?\]:checked\)/g, '')
  .replace(/:root:has\(input\.theme-controller\[value="?[\w-]+"?\]:checked\),/g, '')

// What is left keeps the page from scrolling behind dialogs and the drawer: static/src/app.css has the
// same without looking for them. Dropdowns are <details> here.
const costly = [':root:has(', ':where(:root:has(', '.dropdown>:not(:has(~']
for (const start of costly) {
  const pattern = new RegExp('(?<=[{};])' + start.replace(/\W/g, '\\$&'))
  for (let from = css.search(pattern); from >= 0; from = css.search(pattern)) {
    let at = css.indexOf('{', from), depth = 0
    do { if (css[at] === '{') depth++; if (css[at] === '}') depth--; at++ } while (depth)
    css = css.slice(0, from) + css.slice(at)
  }
}
writeFileSync(file, css)
if (costly.some(s => css.includes(s))) { console.error('prune: some costly selectors are left in ' + file); process.exit(1) }
