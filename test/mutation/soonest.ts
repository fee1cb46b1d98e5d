import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** the first test that fails ends a mutant: what killed its neighbour goes first, then whatever is quick */
export class Soonest extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = (file: TestSpecification): number => {
      const last = this.ctx.cache.getTestSpecificationResult(file)
      return last === undefined || last.failed ? 0 : last.duration
    }
    return Promise.resolve(files.toSorted((one, other) => cost(one) - cost(other)))
  }
}
