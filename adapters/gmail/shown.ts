import type { Call } from '../operation.ts'
import { findPassages } from './content/passages.ts'

/** before anything of it is shown: what cannot be remembered is not shown. Where no token of the grant asks, nothing is done */
export async function rememberShown(
  threadId: string,
  textsOf: () => Iterable<string> | Promise<Iterable<string>>,
  { shownPassages, grantId }: Call,
): Promise<void> {
  if (shownPassages === undefined) return
  const passages = await findPassages(await textsOf())
  if (passages.size > 0) await shownPassages.remember(grantId, threadId, [...passages])
}
