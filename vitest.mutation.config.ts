import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { defineConfig } from 'vitest/config'

/** the first test that fails ends a mutant: what killed its neighbour goes first, then whatever is quick */
class Soonest extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = (file: TestSpecification): number => {
      const last = this.ctx.cache.getTestSpecificationResult(file)
      return last === undefined || last.failed ? 0 : last.duration
    }
    return files.toSorted((one, other) => cost(one) - cost(other))
  }
}

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
