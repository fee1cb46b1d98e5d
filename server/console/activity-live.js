// New calls come in at the top. Nothing moves while the pointer or the keyboard is in the list, nor while it is held still:
// then the page only says how many wait.
const list = document.querySelector('[data-events]')
const status = document.querySelector('.tail')
const button = document.querySelector('[data-pause]')
const MAX_LINES = 500
let held = false
let lines = []

function say(text) {
  status.hidden = false
  if (status.textContent !== text) status.textContent = text
}

// by its time: a call may be written down after one that began later
function insert(fresh) {
  const timeOf = (line) => line.querySelector('time').dateTime
  const older = [...list.children].find((line) => timeOf(line) <= timeOf(fresh))
  if (older !== undefined) older.before(fresh)
  else if (list.children.length < MAX_LINES) list.append(fresh)
}

function show() {
  if (held || list.matches(':hover, :focus-within')) {
    say(lines.length === 0 ? 'Live' : `${lines.length} new`)
    return
  }
  for (const line of lines) {
    const fresh = new DOMParser().parseFromString(line, 'text/html').querySelector('li')
    const shown = document.getElementById(fresh.id)
    if (shown === null) insert(fresh)
    else shown.replaceWith(fresh)
  }
  if (lines.length > 0) document.querySelector('.empty')?.remove()
  while (list.children.length > MAX_LINES) list.lastElementChild.remove()
  lines = []
  say(held ? 'Held still' : 'Live')
}

const source = new EventSource(list.dataset.events)
source.addEventListener('open', show)
source.addEventListener('line', ({ data }) => {
  lines = [...lines, data].slice(-MAX_LINES)
  show()
})
source.addEventListener('error', () => {
  if (source.readyState === EventSource.CLOSED) say('Not live any more: look again')
})
list.addEventListener('pointerleave', show)
list.addEventListener('focusout', () => setTimeout(show))

button.hidden = false
button.addEventListener('click', () => {
  held = !held
  button.textContent = held ? 'Go on' : 'Hold still'
  show()
})
