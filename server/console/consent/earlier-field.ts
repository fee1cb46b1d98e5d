import type { Form } from '../form.ts'

/** ticked: the earlier grants end once the new one stands */
export const endEarlierField = 'end_earlier'
/** the earlier grants that the page showed: what was granted meanwhile does not end by a tick that was about others */
export const shownEarlierField = 'earlier'

const MOST = 20

/** the grants that the form wants to end: ids that somebody posted, nothing more */
export function readEarlier(form: Form): readonly string[] {
  if (form.get(endEarlierField) !== 'on') return []
  const ids = (form.get(shownEarlierField) ?? '').split(' ')
  return ids.filter((id) => /^[\w-]{1,64}$/u.test(id)).slice(0, MOST)
}
