import type { AuthorizationError } from '../../state/authorization-code.ts'
import type { ConnectProblem } from './problem-page.ts'

export type ProblemCode =
  | AuthorizationError['code']
  /** made up, used, another's or older than ten minutes: nobody is told which */
  | 'unknown_journey'
  | 'nothing_ticked'
  | 'account_unreadable'

/** what came of a way to a provider and back, when it was not a connection */
export function describeProblem(
  { name, ends }: { readonly name: string; readonly ends: string },
  code: ProblemCode,
): ConnectProblem {
  const title = 'Nothing was connected'
  switch (code) {
    case 'denied':
      return {
        title,
        what: `You said no at ${name}, so everything is as it was.`,
        advice: 'If that was by mistake, connect the account once more and allow it there.',
        status: 400,
      }
    case 'unknown_journey':
      return {
        title,
        what: 'It took longer than ten minutes, was finished already, or did not begin in this browser with this sign-in.',
        advice:
          'Start again from your accounts. If you did not want to connect anything yourself just now, you need do nothing: nothing was stored.',
        status: 403,
      }
    case 'unexpected':
      return {
        title,
        what: `The answer did not come from ${name} as it should, so it was not used.`,
        advice: 'Start again from your accounts, and follow no link that somebody sent you for it.',
        status: 403,
      }
    case 'refused':
      return {
        title,
        what: `${name} did not complete the connection.`,
        advice:
          'Start again from your accounts. If it fails once more, ask whoever runs this server to look at its log.',
        status: 400,
      }
    case 'unreachable':
      return {
        title,
        what: `${name} did not answer as it should.`,
        advice: 'Wait a moment, then start again from your accounts.',
        status: 503,
      }
    case 'no_refresh_token':
      return {
        title,
        what: `${name} gave access for an hour only, not for as long as you want it. That happens when this server was allowed before.`,
        advice: `${ends} Then connect the account again.`,
        status: 400,
      }
    case 'nothing_ticked':
      return {
        title,
        what: `At ${name} everything that is needed was left unticked, so there is nothing agents could do.`,
        advice: 'Connect the account once more and leave ticked there what agents may do.',
        status: 400,
      }
    case 'account_unreadable':
      return {
        title,
        what: `${name} did not let us see whose account it is, so it cannot be stored under its name.`,
        advice: 'Connect the account once more and leave everything ticked there.',
        status: 400,
      }
  }
}
