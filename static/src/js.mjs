// Makes the scripts that pages load out of static/src/js: a few files, minified, each with the vendored
// library that it can't do without. `npm run js` writes them to static/js; the result is committed.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { minify } from 'terser'

// theme runs before the first paint, app on every page, charts where there are any. One file of everything that
// is ours weighs a tenth less than one for each kind of page, and a browser keeps it after the first page. So each
// part begins with the question whether the page has what it is about. What a part gives to others of its bundle
// is a const outside of its block; what it gives to pages and tests is a window.botswain….
const bundles = {
  theme: ['js/theme.js'],
  app: [
    'vendor/htmx.min.js', 'vendor/hx-sse.min.js', 'js/words.js', 'js/numbers.js', 'js/app.js', 'js/requests.js', 'js/ahead.js', 'js/loading.js', 'js/time.js', 'js/live.js', 'js/connection.js',
    'js/palette.js', 'js/shortcuts.js', 'js/unsaved.js', 'js/tab.js', 'js/copy.js', 'js/runs.js', 'js/logrows.js', 'js/logask.js', 'js/logedges.js', 'js/log.js', 'js/console.js', 'js/loglines.js',
    'js/bots.js', 'js/pick.js', 'js/forms.js',
  ],
  charts: ['vendor/uplot.min.js', 'js/chartlook.js', 'js/chart.js', 'js/charts.js'],
}

// What uPlot makes as it loads and charts don't use: it has Intl begin, which takes a phone longer than all the rest.
const unused = { 'new Intl.NumberFormat(_?k.language:"en-US")': '{format:String}', '(new Intl.DateTimeFormat).resolvedOptions().timeZone': '""' }
const without = code => Object.entries(unused).reduce((code, [what, instead]) => {
  if (code.split(what).length !== 2) throw new Error(`the vendored uPlot has no ${what}: see js.mjs`)
  return code.replace(what, instead)
}, code)

const read = name => readFileSync(name.startsWith('vendor/') ? `static/${name}` : `static/src/${name}`, 'utf8')

mkdirSync('static/js', { recursive: true })
for (const old of readdirSync('static/js')) rmSync(`static/js/${old}`)
for (const [name, parts] of Object.entries(bundles)) {
  const vendored = parts.filter(p => p.startsWith('vendor/')).map(p => p.includes('uplot') ? without(read(p)) : read(p))
  const own = parts.filter(p => !p.startsWith('vendor/')).map(read)
  // A function around ours keeps 'use strict' where it is meant to be, whatever comes before.
  const { code } = await minify(`(() => {'use strict'\n${own.join('\n')}})()`, { ecma: 2020, toplevel: true, compress: { passes: 3 } })
  writeFileSync(`static/js/${name}.js`, [...vendored, code, ''].join('\n'))
}
