import { vi } from 'vitest'

// as hubspot-readings.test.ts
vi.mock('./vocabulary-arbitraries.ts', async () => import('./hubspot-arbitraries.ts'))
await import('./vocabulary-second-reader.test.ts')
