// Asks the server for lines of a log. What goes wrong is an error with words for a person: those of the answer
// where it has some, since they say what to do (too many searches at once, a database that is away).
'use strict'
const logAsk = async (url, signal) => {
  const answer = await fetch(url, { headers: { 'HX-Request': 'true' }, signal })
  if (answer.ok) return answer
  if (answer.status === 401) {
    location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))
    return new Promise(() => {}) // the page is left
  }
  // A page of HTML is from somebody in between.
  const said = /^text\/plain\b/.test(answer.headers.get('Content-Type') ?? '') ? (await answer.text()).trim() : ''
  throw Object.assign(new Error('status ' + answer.status), { words: said })
}
