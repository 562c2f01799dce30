// The texts that scripts show, in the language of the page: botswainWords('remove-tag', { tag }). The layout has
// them as JSON in <meta name="words">; they come from the area "js" of the catalogue (views/i18n).
'use strict'
{
  const words = JSON.parse(document.querySelector('meta[name=words]')?.content ?? '{}')
  window.botswainWords = (name, slots = {}) =>
    (words[name] ?? name).replace(/\{(\w+)\}/g, (all, slot) => slots[slot] ?? all)
}
