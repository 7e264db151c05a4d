import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '@samband/fhir'
import { isJsonObject } from '@samband/fhir/fhirpath'
import type { Queryable } from '@samband/store'
import type { HubContext } from '../hub-context.ts'
import { plainArray, textArray } from '../storage/array-literal.ts'
import type { IndexRows, TermRow } from '../storage/index-rows.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { KnownTerms } from '../storage/write-rows.ts'
import { computedNarrowRows, NarrowDifference, readNarrowRows } from './stored-rows.ts'

/** How far a batch came. */
export type BatchOutcome = {
  /** Resources looked at; 0: the type is done. */
  readonly done: number
  readonly changed: number
  readonly failed: number
  readonly lastRid: number
}

export type BatchContext = Pick<HubContext, 'store' | 'limits' | 'indexer' | 'log'>

type Stored = {
  readonly id: string
  readonly rid: number
  readonly version: number
  readonly tokens: string
  readonly refs: string
}

type Candidate = Stored & { readonly rows: IndexRows }

/** A turn of the event loop may be taken up for so long by computing rows. */
const turnMs = 5

/**
 * Computes the rows of the next resources of a type again and writes where they differ. Reading and computing lock nothing.
 * What differs is locked, in the order in which all others lock, compared again as it is now, and written in one short
 * transaction with the job's progress: `advance` answers whether the job is still this worker's, and if not, nothing
 * of it stands. A resource with a newer version than the one read is left: its writer had the parameters of now.
 */
export class ReindexBatches {
  readonly #context: BatchContext
  readonly #terms = new KnownTerms()

  constructor(context: BatchContext) {
    this.#context = context
  }

  /** Writes nothing when the search parameters changed meanwhile ('again'), or the job is no longer this worker's ('lost'). */
  async next(
    type: string,
    afterRid: number,
    advance: (client: Queryable, outcome: BatchOutcome) => Promise<boolean>,
  ): Promise<BatchOutcome | 'again' | 'lost'> {
    const { store, indexer } = this.#context
    const read = await this.#read(type, afterRid)
    const { candidates, generation, failed } = await this.#compute(type, read)
    const last = read.at(-1)
    if (last === undefined) return { done: 0, changed: 0, failed: 0, lastRid: afterRid }
    const narrow = await readNarrowRows(
      store.db.pool,
      store.tenant,
      candidates.map(({ rid }) => rid),
    )
    const differing = candidates.filter(
      candidate =>
        tokensDiffer(candidate, candidate.rows) ||
        new NarrowDifference().add(candidate.rid, narrow(candidate.rid), computedNarrowRows(candidate.rows)),
    )
    const terms = this.#newTerms(candidates)
    // Tracked like a write: who waits for all that is under way waits for what was computed before, too.
    return await store.tracked(async () => {
      if (generation !== indexer.generation) return 'again'
      const outcome = { done: read.length, changed: differing.length, failed, lastRid: last.rid }
      if (differing.length === 0 && terms.length === 0) {
        return (await advance(store.db.pool, outcome)) ? outcome : 'lost'
      }
      const written = await this.#write(type, differing, terms, client => advance(client, outcome))
      if (!written) return 'lost'
      this.#terms.add(terms.map(({ hash }) => hash))
      return outcome
    })
  }

  async #read(type: string, afterRid: number): Promise<readonly (Stored & { readonly content: string })[]> {
    const { store, limits } = this.#context
    const { rows } = await store.db.pool.query<Stored & { content: string }>({
      name: `hub-reindex-${type}`,
      text: `
        select id, rid, version, tokens::text, refs::text, content from (
          select *, sum(pg_column_size(content)) over (order by rid) - pg_column_size(content) as before from (
            select id, rid, version, tokens, refs, content from ${resourceTable(type)}
             where tenant = $1 and type = '${type}' and rid > $2 and not deleted order by rid limit $3
          ) a
        ) b where before <= $4 order by rid`,
      values: [store.tenant, afterRid, Math.max(1, limits.reindexBatch), limits.reindexBatchCharactersMax],
    })
    return rows
  }

  async #compute(
    type: string,
    read: readonly (Stored & { readonly content: string })[],
  ): Promise<{ readonly candidates: readonly Candidate[]; readonly generation: number; readonly failed: number }> {
    const { indexer, limits, log } = this.#context
    const { generation } = indexer
    const candidates: Candidate[] = []
    let since = performance.now()
    let failed = 0
    for (const { content, ...stored } of read) {
      try {
        const parsed = parseJson(content, { bytesMax: limits.bundleBytesMax })
        if (!parsed.ok || !isJsonObject(parsed.value)) throw new TypeError('the stored content is no JSON object')
        candidates.push({ ...stored, rows: indexer.rows(parsed.value) })
      } catch {
        failed += 1
        log.error('hub-reindex-failed', { type, id: stored.id })
      }
      if (performance.now() - since < turnMs) continue
      await turn()
      since = performance.now()
    }
    return { candidates, generation, failed }
  }

  #newTerms(candidates: readonly Candidate[]): readonly TermRow[] {
    const terms = new Map<string, TermRow>()
    for (const { rows } of candidates)
      for (const term of rows.terms) if (!this.#terms.has(term.hash)) terms.set(term.hash, term)
    // In the order of all writers, so that two with the same new terms do not wait for each other.
    return [...terms.values()].toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
  }

  async #write(
    type: string,
    differing: readonly Candidate[],
    terms: readonly TermRow[],
    advance: (client: Queryable) => Promise<boolean>,
  ): Promise<boolean> {
    const { store } = this.#context
    return await store.db
      .transaction(async client => {
        if (differing.length > 0) await this.#replaceRows(client, type, differing)
        if (terms.length > 0) await insertTerms(client, store.tenant, terms)
        if (!(await advance(client))) throw new NotOurs()
        return true
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof NotOurs) return false
        throw thrown
      })
  }

  async #replaceRows(client: Queryable, type: string, differing: readonly Candidate[]): Promise<void> {
    const { store } = this.#context
    const computed = new Map(differing.map(candidate => [candidate.rid, candidate]))
    const { rows: locked } = await client.query<Stored>({
      name: `hub-reindex-lock-${type}`,
      text: `select id, rid, version, tokens::text, refs::text from ${resourceTable(type)}
              where tenant = $1 and type = '${type}' and id = any($2::text[]) order by id for update`,
      values: [store.tenant, textArray(differing.map(({ id }) => id))],
    })
    const same = locked.flatMap(stored => {
      const candidate = computed.get(stored.rid)
      return candidate === undefined || candidate.version !== stored.version ? [] : [{ stored, rows: candidate.rows }]
    })
    const narrow = await readNarrowRows(
      client,
      store.tenant,
      same.map(({ stored }) => stored.rid),
    )
    const difference = new NarrowDifference()
    for (const { stored, rows } of same) difference.add(stored.rid, narrow(stored.rid), computedNarrowRows(rows))
    await difference.write(client, store.tenant)
    const tokens = same.filter(({ stored, rows }) => tokensDiffer(stored, rows))
    if (tokens.length === 0) return
    await client.query({
      name: `hub-reindex-tokens-${type}`,
      text: `update ${resourceTable(type)} r set tokens = w.tokens::int8[], refs = w.refs::int8[]
               from unnest($2::text[], $3::text[], $4::text[]) as w (id, tokens, refs)
              where r.tenant = $1 and r.type = '${type}' and r.id = w.id`,
      values: [
        store.tenant,
        textArray(tokens.map(({ stored }) => stored.id)),
        textArray(tokens.map(({ rows }) => plainArray([...rows.tokens]))),
        textArray(tokens.map(({ rows }) => plainArray(rows.refs))),
      ],
    })
  }
}

/** The job was cancelled, paused, or taken over. */
class NotOurs extends Error {}

function tokensDiffer(stored: Stored, rows: IndexRows): boolean {
  if (stored.refs !== plainArray(rows.refs)) return true
  const before = stored.tokens === '{}' ? [] : stored.tokens.slice(1, -1).split(',')
  return before.length !== rows.tokens.size || before.some(token => !rows.tokens.has(token))
}

async function insertTerms(client: Queryable, tenant: number, terms: readonly TermRow[]): Promise<void> {
  await client.query({
    name: 'hub-reindex-terms',
    text: `insert into hub.term (tenant, param, kind, hash, value)
           select $1, t.param, t.kind, t.hash, t.value from unnest($2::int8[], $3::text[], $4::int8[], $5::text[]) as t (param, kind, hash, value)
           on conflict do nothing`,
    values: [
      tenant,
      plainArray(terms.map(({ param }) => param)),
      textArray(terms.map(({ kind }) => kind)),
      plainArray(terms.map(({ hash }) => hash)),
      textArray(terms.map(({ value }) => value)),
    ],
  })
}
