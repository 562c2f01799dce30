// Helpers for the bot form. Without scripts the form works too: there are spare rows for variables, tags
// are words with commas between, and the server shows how it understood the command.
'use strict'
{
  // Rows of name and value: the <template> in the list is a new one.
  const addRow = (list, name = '', value = '') => {
    const row = list.querySelector('template').content.cloneNode(true).firstElementChild
    const [n, v] = row.querySelectorAll('input')
    n.value = name
    v.value = value
    for (const b of row.querySelectorAll('[data-scripted]')) b.hidden = false
    list.append(row)
    return n
  }
  const emptyRow = list => [...list.querySelectorAll('[data-row]')].find(r => [...r.querySelectorAll('input')].every(i => !i.value))

  // The lines of a .env file: export, quotes, comments; what isn't NAME=value is left out.
  const parseEnv = text => text.split(/\r?\n/).flatMap(line => {
    const m = line.match(/^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/)
    if (!m) return []
    const q = m[2].match(/^(["'])(.*)\1(?:\s+#.*)?$/)
    return [[m[1], q ? (q[1] === '"' ? q[2].replace(/\\n/g, '\n').replace(/\\(["\\])/g, '$1') : q[2]) : m[2].replace(/\s+#.*$/, '')]]
  })
  const takeEnv = (list, text) => {
    for (const [name, value] of parseEnv(text)) {
      const same = [...list.querySelectorAll('[data-row]')].find(r => r.querySelector('input').value === name)
      if (same) same.querySelectorAll('input')[1].value = value
      else { emptyRow(list)?.remove(); addRow(list, name, value) }
    }
  }

  document.addEventListener('click', e => {
    const t = e.target.closest('[data-add-row],[data-remove-row],[data-take-env]')
    if (!t) return
    if (t.dataset.addRow) addRow(document.getElementById(t.dataset.addRow)).focus()
    if (t.dataset.removeRow !== undefined) {
      const row = t.closest('[data-row]'), next = row.nextElementSibling ?? row.previousElementSibling
      row.remove()
      ;(next?.querySelector?.('input') ?? document.querySelector('[data-add-row]'))?.focus()
    }
    if (t.dataset.takeEnv) {
      const dialog = t.closest('dialog'), area = dialog.querySelector('textarea')
      takeEnv(document.getElementById(t.dataset.takeEnv), area.value)
      area.value = ''
      dialog.close()
    }
  })
  // Several lines pasted into a variable's name are a .env file.
  document.addEventListener('paste', e => {
    const list = e.target.closest?.('[data-env]'), text = e.clipboardData?.getData('text') ?? ''
    if (!list || !text.includes('\n') || parseEnv(text).length < 2) return
    e.preventDefault()
    takeEnv(list, text)
  })

  // Tags: the text field with commas becomes chips and a field for the next one.
  for (const box of document.querySelectorAll('[data-tags]')) {
    const source = box.querySelector('input')
    const entry = source.cloneNode()
    entry.removeAttribute('name')
    entry.value = ''
    source.type = 'hidden'
    source.removeAttribute('id')
    box.append(entry)
    const chip = box.querySelector('template').content.firstElementChild
    const tags = () => source.value.split(',').map(s => s.trim()).filter(Boolean)
    const show = list => {
      source.value = [...new Set(list)].join(', ')
      // Chips that stay are left alone: a click on one may be under way while the field loses the focus.
      const chips = [...box.querySelectorAll('[data-tag]')]
      for (const old of chips) if (!tags().includes(old.dataset.tag)) old.remove()
      for (const tag of tags().filter(t => !chips.some(c => c.dataset.tag === t))) {
        const el = chip.cloneNode(true)
        el.dataset.tag = tag
        el.querySelector('span').textContent = tag
        el.querySelector('button').setAttribute('aria-label', botswainWords('remove-tag', { tag }))
        box.insertBefore(el, entry)
      }
      entry.placeholder = botswainWords('add-tag')
    }
    const take = () => { if (entry.value.trim()) show([...tags(), ...entry.value.split(',')].map(s => s.trim()).filter(Boolean)); entry.value = '' }
    entry.addEventListener('keydown', e => {
      if (e.key === ',' || (e.key === 'Enter' && entry.value.trim())) { e.preventDefault(); take() }
      if (e.key === 'Backspace' && !entry.value) show(tags().slice(0, -1))
    })
    entry.addEventListener('blur', take)
    box.addEventListener('click', e => {
      const b = e.target.closest('button')
      if (b) show(tags().filter(t => t !== b.closest('[data-tag]').dataset.tag))
      entry.focus()
    })
    show(tags())
  }
}
