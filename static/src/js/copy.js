// Puts a text into the clipboard; true: it is there.
'use strict'
const botswainCopy = async text => {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Without https there is no clipboard for scripts but this one.
    const area = document.createElement('textarea'), had = document.activeElement
    area.value = text
    area.className = 'sr-only'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    had?.focus({ preventScroll: true })
    return done
  }
}
