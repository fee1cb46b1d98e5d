import { defineConfig } from 'vitest/config'
import { Soonest } from './test/mutation/soonest.ts'

/** what the mutation tests run for each mutant: the core's own tests, and its properties with few cases */
export default defineConfig({
  test: {
    include: ['test/capabilities/**/*.test.ts', 'test/properties/{token,vocabulary}-*.test.ts'],
    exclude: [
      // threads do not see which mutant is active, and starting them is slow
      'test/capabilities/token/second-reader.test.ts',
      'test/properties/vocabulary-second-reader.test.ts',
      // nothing of it is changed
      'test/capabilities/punycode.test.ts',
    ],
    env: { REMIT_PROPERTY_RUNS: '0.03' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    setupFiles: ['test/mutation/stop.ts'],
    pool: 'forks',
    // every file by itself would load the core thirty times for each mutant
    isolate: false,
    sequence: { sequencer: Soonest },
    testTimeout: 20_000,
  },
})
