import { z } from 'zod'

const schema = z.object({
  response: z.object({
    data: z.object({
      error: z.object({
        code: z.literal(400),
        status: z.literal('FAILED_PRECONDITION'),
        details: z.tuple([
          z.object({
            reason: z.literal('LIST_UNFINISHED'),
            metadata: z.object({ page_token: z.string() }),
          }),
        ]),
      }),
    }),
  }),
})

/** with what a list goes on that came to no end, out of the exception of the stock client */
export function pageTokenOf(failure: unknown): string {
  const { data } = schema.parse(failure).response
  return data.error.details[0].metadata.page_token
}
