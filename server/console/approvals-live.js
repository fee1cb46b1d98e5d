// The page never changes by itself while there is something to decide: a card that moves under the pointer would be
// approved unread. It only says that there is more to see.
const page = document.querySelector('[data-state]')
const news = document.querySelector('.news')

async function look() {
  if (document.hidden) return
  const response = await fetch('/approvals/news', { cache: 'no-store' }).catch(() => undefined)
  if (response === undefined || !(response.ok || response.status === 401)) return
  const { state, waiting = 0 } = await response.json()
  if (state === page.dataset.state) return
  if (page.dataset.waiting === '0') return location.assign('/approvals')
  document.title = document.title.replace(/^\(\d+\)/u, `(${waiting})`)
  news.hidden = false
}

setInterval(() => void look(), 4000)
document.addEventListener('visibilitychange', () => void look())
