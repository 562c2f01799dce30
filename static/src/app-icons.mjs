// Makes the pictures of the installed app from static/img/logo.svg with a Chromium: node
// static/src/app-icons.mjs. Needed only when the logo has changed.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const logo = readFileSync('static/img/logo.svg', 'utf8')
// The mask may cut all but the inner four fifths: the ground goes to the edge, the mark is smaller.
const maskable = logo.replace(' rx="11"', '').replace('translate(4 4)', 'translate(7.2 7.2) scale(.8)')
const dir = mkdtempSync(join(tmpdir(), 'icons-'))
for (const [name, svg, size] of [['icon-192', logo, 192], ['icon-512', logo, 512], ['icon-maskable-512', maskable, 512]]) {
  const page = join(dir, name + '.html')
  writeFileSync(page, `<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
  execFileSync(process.env.CHROMIUM ?? 'chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--default-background-color=00000000',
    `--user-data-dir=${join(dir, 'profile')}`, `--window-size=${size},${size}`, `--screenshot=${resolve(`static/img/${name}.png`)}`, 'file://' + page], { stdio: 'ignore' })
}
rmSync(dir, { recursive: true, force: true })
