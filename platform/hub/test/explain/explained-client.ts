import type { DatabaseClient, Queryable } from '@samband/store'

type Value = string | number | boolean | null | undefined
type Statement = { readonly text: string; readonly values?: readonly Value[] }

/** A node of EXPLAIN (ANALYZE, FORMAT JSON), as far as it is judged. */
export type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Plan Rows': number
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

export type ExplainedStatement = {
  readonly text: string
  /** As planned with the values, and as the one plan for all values that a prepared statement may get. */
  readonly planned: 'with values' | 'for any values'
  readonly root: PlanNode
  readonly executionMs: number
}

/**
 * A connection that explains each statement of a search, both ways in which the server may plan it, before it is run. A
 * search goes through it as through any client, so that all its statements are seen: probes, chains, pages, includes, counts.
 */
export class ExplainedClient {
  readonly statements: ExplainedStatement[] = []
  readonly client: Queryable
  #prepared = 0

  constructor(client: DatabaseClient) {
    const query = async (statement: Statement): Promise<unknown> => {
      await this.#explain(client, statement)
      return await client.query({ text: statement.text, values: [...(statement.values ?? [])] })
    }
    // The one method that a search calls, in the one form in which it does.
    this.client = { query } as unknown as Queryable
  }

  async #explain(client: DatabaseClient, { text, values = [] }: Statement): Promise<void> {
    const name = `explained_${(this.#prepared += 1)}`
    await client.query(`prepare ${name} as ${text}`)
    const call = values.length === 0 ? name : `${name}(${values.map(value => literal(client, value)).join(', ')})`
    for (const [planned, mode] of [
      ['with values', 'force_custom_plan'],
      ['for any values', 'force_generic_plan'],
    ] as const) {
      await client.query(`set plan_cache_mode = ${mode}`)
      const { rows } = await client.query<{
        readonly 'QUERY PLAN': readonly [{ readonly Plan: PlanNode; readonly 'Execution Time': number }]
      }>(`explain (analyze, timing off, format json) execute ${call}`)
      const [plan] = rows[0]?.['QUERY PLAN'] ?? []
      if (plan === undefined) throw new Error('nothing was explained')
      this.statements.push({ text, planned, root: plan.Plan, executionMs: plan['Execution Time'] })
    }
    await client.query(`reset plan_cache_mode; deallocate ${name}`)
  }
}

function literal(client: DatabaseClient, value: Value): string {
  return value === null || value === undefined ? 'null' : client.escapeLiteral(String(value))
}
