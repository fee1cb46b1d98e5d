import { CompiledQuery, type Kysely } from 'kysely'
import type { Database } from '../../server/database/schema.ts'

/** one step of a plan, as it was carried out */
export interface PlanStep {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanStep[]
}

/** every statement that `work` sends by this database, apart from those of transactions */
export async function queriesOf(
  db: Kysely<Database>,
  work: () => Promise<unknown>,
): Promise<CompiledQuery[]> {
  const executor = db.getExecutor()
  const compile = executor.compileQuery.bind(executor)
  const asked: CompiledQuery[] = []
  executor.compileQuery = (node, id) => {
    const query = compile(node, id)
    asked.push(query)
    return query
  }
  try {
    await work()
  } finally {
    executor.compileQuery = compile
  }
  return asked
}

/** how the database carries a statement out */
export async function explain(
  db: Kysely<Database>,
  { sql: text, parameters }: CompiledQuery,
): Promise<PlanStep[]> {
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': { Plan: PlanStep }[] }>(
    CompiledQuery.raw(`explain (analyze, format json) ${text}`, [...parameters]),
  )
  return flatten(rows[0]?.['QUERY PLAN'][0]?.Plan)
}

function flatten(plan: PlanStep | undefined): PlanStep[] {
  return plan === undefined ? [] : [plan, ...(plan.Plans ?? []).flatMap(flatten)]
}
