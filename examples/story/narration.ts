import type { Stage } from '../stage.ts'
import { refusal } from './agent.ts'
import type { Story, Who } from './table.ts'

export interface Outcome {
  readonly answer: string
  readonly expected: boolean
}

/** Plays on the stage and writes the story down. */
export class Narration {
  readonly stage: Stage
  readonly #story: Story

  constructor(stage: Stage, story: Story) {
    this.stage = stage
    this.#story = story
  }

  act(title: string): void {
    this.#story.act(title)
  }

  /** a step that has nothing to do with Gmail */
  note(who: Who, tried: string, answer: string, expected = true): void {
    this.#story.add({ who, tried, answer, reached: '', expected })
  }

  /** one call to the front: what it said, and what the stand-in for Gmail received meanwhile */
  async attempt(
    who: Who,
    tried: string,
    call: () => Promise<Outcome>,
    refusedWith?: number,
  ): Promise<void> {
    const { requests, sent } = this.stage.gmail
    const before = { requests: requests.length, sent: sent.length }
    const outcome = await call().catch((error: unknown) => {
      const { status, message } = refusal(error)
      return { answer: `${status}: ${message}`, expected: status === refusedWith }
    })
    const mails = sent.slice(before.sent)
    const received = requests.slice(before.requests)
    const reads = received.filter((r) => r.method === 'GET').length
    const changes = received.filter((r) => r.method !== 'GET' && r.mail === undefined)
    const reached = [
      ...(reads > 0 ? [`${reads} ${reads === 1 ? 'read' : 'reads'} by the front`] : []),
      ...changes.map((r) => `1 ${r.route ?? r.method}`),
      ...mails.map((m) => `1 mail to ${m.recipients.join(', ')}`),
    ]
    // a refused call may have made the front read, never change or send; without a good token it does not even read
    const hasEffect = changes.length + mails.length > 0
    const allowed = refusedWith === undefined || (refusedWith !== 401 && !hasEffect)
    this.#story.add({
      who,
      tried,
      answer: outcome.answer,
      reached: reached.join('; ') || 'nothing',
      expected: outcome.expected && (allowed || received.length === 0),
    })
  }

  /** a call that must be refused */
  async refused(
    who: Who,
    tried: string,
    status: number,
    call: () => Promise<unknown>,
  ): Promise<void> {
    const served = async (): Promise<Outcome> => {
      await call()
      return { answer: '200', expected: false }
    }
    await this.attempt(who, tried, served, status)
  }
}
