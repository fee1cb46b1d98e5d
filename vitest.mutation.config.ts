import { defineConfig } from 'vitest/config'

/** what the mutation tests run for each mutant: the core's own tests, and its properties with few cases */
export default defineConfig({
  test: {
    include: ['test/capabilities/**/*.test.ts', 'test/properties/*.test.ts'],
    exclude: [
      // threads do not see which mutant is active, and starting them is slow
      'test/capabilities/token/second-reader.test.ts',
      'test/properties/vocabulary-second-reader.test.ts',
    ],
    env: { REMIT_PROPERTY_RUNS: '0.03' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    pool: 'forks',
    testTimeout: 20_000,
  },
})
