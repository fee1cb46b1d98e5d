// Looks every few seconds whether something else waits by now, and shows it. Without a script the page is complete too.
const waiting = document.getElementById('waiting')
const EVERY_MS = 4000

async function look() {
  if (document.hidden || waiting === null) return
  // whoever is about to decide must not have the card move under the finger
  if (document.activeElement?.closest('#waiting') != null) return
  try {
    const answer = await fetch('/approvals/version', { cache: 'no-store' })
    if (answer.ok && (await answer.text()) !== waiting.dataset.version)
      location.assign('/approvals')
  } catch {
    // the server is away: the next look tells
  }
}

setInterval(() => void look(), EVERY_MS)
