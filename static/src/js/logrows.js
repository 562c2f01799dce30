// What a log in the page is made of: lines (data-seq grows by one for each bot), stack traces that fold, blocks of
// lines, rows without a line between them. Nothing here knows the viewer.
'use strict'
const logRows = (() => {
  const HEIGHT = 20 // of a line that isn't wrapped, in pixels
  const isRow = el => el?.classList?.contains('log-line')
  const rowsIn = el => isRow(el) ? [el] : el?.classList?.contains('log-fold') ? [...el.querySelectorAll('.log-line')] : []
  const countIn = el => isRow(el) ? 1 : el?.classList?.contains('log-fold') ? el.childElementCount : 0
  const isBlock = el => el?.classList?.contains('log-block')
  const rowsOf = block => block.querySelectorAll('.log-line').length
  const seqOf = row => Number(row.dataset.seq)
  const parse = html => {
    const t = document.createElement('template')
    t.innerHTML = html
    return t.content
  }
  const put = (el, text) => { if (el && el.textContent !== text) el.textContent = text }

  // fold puts a row into the trace above it, when it follows right on.
  const fold = (above, row) => {
    const before = isRow(above) ? above : rowsIn(above).at(-1)
    if (!before || seqOf(before) !== seqOf(row) - 1 || before.dataset.bot !== row.dataset.bot) return null
    let trace = above
    if (isRow(above)) {
      trace = document.createElement('details')
      trace.className = 'log-fold'
      const head = document.createElement('summary')
      above.replaceWith(trace)
      head.append(above)
      trace.append(head)
      const more = document.createElement('span')
      more.className = 'log-more'
      above.querySelector('.log-text').append(' ', more)
    }
    trace.append(row)
    const n = trace.childElementCount - 1
    trace.querySelector('summary .log-more').textContent = n === 1 ? botswainWords('more-line') : botswainWords('more-lines', { n })
    return trace
  }
  // stitch puts the open rows that begin with first to what is above them.
  const stitch = first => {
    while (isRow(first) && 'joins' in first.dataset) {
      const block = first.parentElement, next = first.nextElementSibling
      const above = first.previousElementSibling ?? (isBlock(block.previousElementSibling) ? block.previousElementSibling.lastElementChild : null)
      if (!above || !fold(above, first)) return
      if (!block.childElementCount) {
        first = isBlock(block.nextElementSibling) ? block.nextElementSibling.firstElementChild : null
        block.remove()
      } else first = next
    }
  }
  // guess says how high a block is as long as it isn't laid out.
  const guess = block => { if (isBlock(block)) block.style.containIntrinsicBlockSize = `auto ${block.childElementCount * HEIGHT}px` }

  // newestOf is the end of a batch, from the beginning of a block on, with at least so many lines.
  const newestOf = (batch, least) => {
    if (!batch.html) return batch
    const { html } = batch
    let from = html.length, n = 0
    while (n < least) {
      const at = html.lastIndexOf('<div class="log-block">', from - 1)
      if (at < 0) return batch
      n += html.slice(at, from).split('<div class="log-line"').length - 1
      from = at
    }
    return { html: '<div>' + html.slice(from), n }
  }

  return { HEIGHT, newestOf, isRow, rowsIn, countIn, isBlock, rowsOf, seqOf, parse, put, stitch, guess }
})()
