import { html, type Html } from './html.ts'
import type { Reader } from './reader.ts'
import { toDayText, toSecondText, toTimeText } from './time-text.ts'

/** to the minute */
export function renderTime(time: Date, reader: Reader): Html {
  return element(time, reader, toTimeText(time, reader))
}

/** calls need their second: several are made in one minute */
export function renderSecond(time: Date, reader: Reader): Html {
  return element(time, reader, toSecondText(time, reader))
}

/** the day, and the minute for whoever points at it */
export function renderDay(time: Date, reader: Reader): Html {
  const title = html`title="${toTimeText(time, reader)}"`
  return element(time, reader, toDayText(time, reader), title)
}

/** WCAG 3.1.2: the page is English, a month of the reader's need not be */
function element(time: Date, { locale }: Reader, text: string, title?: Html): Html {
  const lang = !locale.startsWith('en') && html` lang="${locale}"`
  return html`<time datetime="${time.toISOString()}" ${title} ${lang}>${text}</time>`
}
