import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameError, FrameReader, toFrame } from '../../../server/database/frames.ts'

describe('frames', () => {
  it('arrive whole however the stream is cut', () => {
    const messages = [
      { id: 1, at: new Date(5), bytes: new Uint8Array([1, 2]), n: 5n },
      'two',
      { x: 'y'.repeat(300) },
    ]
    const stream = Buffer.concat(messages.map(toFrame))
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: stream.length }), { maxLength: 20 }),
        (cuts) => {
          const reader = new FrameReader()
          const edges = [0, ...[...cuts].sort((a, b) => a - b), stream.length]
          const read = edges
            .slice(1)
            .flatMap((end, index) => reader.read(stream.subarray(edges[index], end)))
          expect(read).toEqual(messages)
        },
      ),
    )
  })

  it('are refused by their announced length, before they are kept', () => {
    const header = Buffer.from([0x7f, 0xff, 0xff, 0xff])
    expect(() => new FrameReader(1_000).read(header)).toThrow(FrameError)
  })

  it('that hold no message are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const reader = new FrameReader(1_000)
        try {
          reader.read(Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]))
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError)
        }
      }),
    )
  })
})
