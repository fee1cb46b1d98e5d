import { defineConfig } from 'vitest/config'
import { Soonest } from './test/mutation/soonest.ts'
import { EXCLUDED, INCLUDED, PROPERTY_RUNS } from './test/mutation/tests.ts'

/** what vitest as the runner of the mutation tests runs for each mutant */
export default defineConfig({
  test: {
    include: [...INCLUDED],
    exclude: [...EXCLUDED],
    env: { REMIT_PROPERTY_RUNS: PROPERTY_RUNS },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    setupFiles: ['test/mutation/stop.ts'],
    pool: 'forks',
    // every file by itself would load the core thirty times for each mutant
    isolate: false,
    sequence: { sequencer: Soonest },
    testTimeout: 20_000,
  },
})
