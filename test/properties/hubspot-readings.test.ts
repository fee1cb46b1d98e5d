import { vi } from 'vitest'

// The properties of the vocabulary, over grants and requests of HubSpot alone: among those of every front, too few would meet.
vi.mock('./vocabulary-arbitraries.ts', async () => import('./hubspot-arbitraries.ts'))
await import('./vocabulary-readings.test.ts')
