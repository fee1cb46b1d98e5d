import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { SecondOpinion } from '../../adapters/ports.ts'
import { startTestFront } from '../support/front.ts'

test.each([0, 40])(
  'a client that leaves while its token is looked at, %d octets into its body, leaves nothing waiting',
  async (octets) => {
    const asked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const secondOpinion: SecondOpinion = {
      accepts: async () => {
        asked.resolve()
        await answered.promise
        return 'accepted'
      },
      authorize: () => Promise.resolve('allow'),
    }
    await using front = await startTestFront({ secondOpinion })
    const token = front.mint([{ type: 'gmail', actions: ['messages.reply'] }])
    const client = connect(front.port, '127.0.0.1')
    client.write(
      'POST /gmail/v1/users/me/messages/send HTTP/1.1\r\nhost: front\r\n' +
        `authorization: Bearer ${token}\r\ncontent-type: application/json\r\n` +
        `content-length: 40\r\n\r\n${'x'.repeat(octets)}`,
    )
    await asked.promise
    client.destroy()
    await expect.poll(() => front.openConnections()).toBe(0)
    answered.resolve()
    await expect.poll(() => front.ports.record.calls.length).toBe(1)
    expect(front.ports.record.last.entry.reason).toBe('client_closed')
  },
)
