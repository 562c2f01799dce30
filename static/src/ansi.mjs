// Writes static/src/ansi.css: xterm's palette as classes that set --x. Run with `node static/src/ansi.mjs`.
import { writeFileSync } from 'node:fs'

const basic = '000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff'.split(' ')
const hex = (...v) => v.map(n => n.toString(16).padStart(2, '0')).join('')
const level = i => i && 55 + 40 * i
const all = [...basic]
for (let i = 0; i < 216; i++) all.push(hex(level(Math.floor(i / 36)), level(Math.floor(i / 6) % 6), level(i % 6)))
for (let i = 0; i < 24; i++) all.push(hex(8 + 10 * i, 8 + 10 * i, 8 + 10 * i))
writeFileSync(new URL('ansi.css', import.meta.url), `/* Made by ansi.mjs: the colours that programs print. Their lightness is bounded, so that they can be read on
   both themes; as a ground they are a tint. */
.ansi-f { color: oklch(from var(--x) clamp(var(--ansi-least), l, var(--ansi-most)) c h); }
.ansi-b { background-color: color-mix(in oklab, var(--x) 32%, transparent); }
${all.map((c, i) => `.x${i}{--x:#${c}}`).join('\n')}
`)
