// Copies the browser files that Botswain serves out of node_modules, so that neither a build nor a
// test needs Node. Run with `npm run vendor` after changing a version in package.json.
import { copyFileSync, mkdirSync } from 'node:fs'

const files = {
  'htmx.org/dist/htmx.min.js': 'vendor/htmx.min.js',
  'htmx.org/dist/ext/hx-sse.min.js': 'vendor/hx-sse.min.js',
  'uplot/dist/uPlot.iife.min.js': 'vendor/uplot.min.js',
  'uplot/LICENSE': 'vendor/uplot.LICENSE',
  'htmx.org/LICENSE': 'vendor/htmx.LICENSE',
  // For the tests alone: it isn't served.
  'axe-core/axe.min.js': '../app/e2e/axe/axe.min.js',
  'axe-core/LICENSE': '../app/e2e/axe/LICENSE',
  '@fontsource-variable/inter/LICENSE': 'fonts/inter.LICENSE',
  '@fontsource-variable/jetbrains-mono/LICENSE': 'fonts/jetbrains-mono.LICENSE',
}
for (const font of ['inter', 'jetbrains-mono'])
  for (const part of ['latin', 'latin-ext', 'cyrillic']) {
    const name = `${font}-${part}-wght-normal.woff2`
    files[`@fontsource-variable/${font}/files/${name}`] = `fonts/${name}`
  }

mkdirSync('static/vendor', { recursive: true })
mkdirSync('static/fonts', { recursive: true })
for (const [from, to] of Object.entries(files)) copyFileSync(`node_modules/${from}`, `static/${to}`)
