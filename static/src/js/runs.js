// Pages of runs and crashes: copying the lines that are shown, and printing.
'use strict'
{
  const said = (button, words) => {
    const label = button.querySelector('span')
    label.dataset.words ??= label.textContent
    label.role = 'status'
    label.textContent = words
    setTimeout(() => { label.textContent = label.dataset.words }, 2000)
  }

  const copy = async button => {
    const lines = [...button.closest('section').querySelectorAll('[data-lines] .log-text')].map(l => l.textContent.trimEnd())
    said(button, await botswainCopy(lines.join('\n') + '\n') ? botswainWords('copied') : botswainWords('not-allowed'))
  }

  document.addEventListener('click', e => {
    const button = e.target.closest('[data-copy-lines],[data-print]')
    if (!button) return
    if ('print' in button.dataset) print()
    else copy(button)
  })
}
