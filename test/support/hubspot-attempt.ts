/** what a stock client of HubSpot's tells: its answer, or the status and the category of its exception */
export async function attempt<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call
  } catch (error) {
    const { code, body } = error as { code?: number; body?: { category?: string } }
    if (code === undefined) throw error
    return `${code} ${body?.category ?? ''}`
  }
}
