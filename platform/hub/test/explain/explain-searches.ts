import type { DatabaseClient } from '@samband/store'
import { type HubContext, systemCaller } from '../../src/index.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { search } from '../../src/search/search.ts'
import { type PopulationSize, typicalSearches } from '../population/index.ts'
import { ExplainedClient } from './explained-client.ts'
import { type JudgedPlan, judgePlan, type PlanLimits } from './judge-plan.ts'

export type ExplainedSearch = {
  readonly name: string
  readonly url: string
  readonly found: number
  /** The whole search as a client has it, without HTTP: the middle one of three. */
  readonly ms: number
  readonly statements: readonly (JudgedPlan & { readonly text: string; readonly executionMs: number })[]
  readonly problems: readonly string[]
}

export type Picks = readonly ((limit: number) => number)[]

/** The same in each run: an ordinary patient and a less frequent code, a very ill one and a frequent code. */
export const ordinary: Picks[number] = limit => Math.floor(limit * 0.5)
export const extreme: Picks[number] = limit => Math.floor(limit * 0.03)

/** Each typical search, with all its statements judged. */
export async function* explainSearches(
  context: HubContext,
  client: DatabaseClient,
  size: PopulationSize,
  limits: PlanLimits,
  picks: Picks = [ordinary, extreme],
): AsyncGenerator<ExplainedSearch> {
  const tableRows = await rowsOfTables(client)
  for (const { name, url } of typicalSearches(size)) {
    for (const pick of picks) yield await explainOne(context, client, { name, url: url(pick) }, tableRows, limits)
  }
}

async function explainOne(
  context: HubContext,
  client: DatabaseClient,
  { name, url }: { readonly name: string; readonly url: string },
  tableRows: ReadonlyMap<string, number>,
  limits: PlanLimits,
): Promise<ExplainedSearch> {
  const [type = '', pairs = ''] = url.split('?', 2)
  const { query } = parseQuery(context, { type, pairs, lenient: false })
  // Not the disk is judged.
  await search(context, { query, caller: systemCaller })
  const explained = new ExplainedClient(client)
  const { matches } = await search(context, { query, caller: systemCaller, client: explained.client })
  const times: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const begun = performance.now()
    await search(context, { query, caller: systemCaller })
    times.push(performance.now() - begun)
  }
  const statements = explained.statements.map(each => ({
    ...judgePlan(each, tableRows, limits),
    text: each.text,
    executionMs: each.executionMs,
  }))
  const problems = statements.flatMap(each => each.problems)
  return { name, url, found: matches.length, ms: times.toSorted((a, b) => a - b)[1] ?? 0, statements, problems }
}

async function rowsOfTables(client: DatabaseClient): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ readonly name: string; readonly rows: number }>(
    `select relname as name, reltuples::float8 as rows from pg_class where relnamespace = 'hub'::regnamespace and relkind = 'r'`,
  )
  return new Map(rows.map(({ name, rows: count }) => [name, count]))
}
