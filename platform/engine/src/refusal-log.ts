import { toSambandError } from '@samband/errors'
import { textArray } from './array-literal.ts'
import type { EngineContext } from './engine-context.ts'
import type { Refusal } from './ports.ts'
import type { Page, RefusalView } from './views.ts'
import { timeOfId } from '@samband/store'

type Row = {
  readonly id: number
  readonly route: string
  readonly endpoint: string
  readonly peer: string
  readonly code: string
  readonly detail: string
  readonly size: number
}

/**
 * What listeners turned away, for the operator. A hostile or broken sender can refuse-flood: per endpoint and minute
 * only so many are kept in full, the rest is counted and reported as one line.
 */
export class RefusalLog {
  readonly #context: EngineContext
  readonly #perEndpoint = new Map<string, { minute: number; kept: number; left: number }>()
  #pending: Promise<void> = Promise.resolve()

  constructor(context: EngineContext) {
    this.#context = context
  }

  add(route: string, endpoint: string, refusal: Refusal): void {
    if (!this.#mayKeep(endpoint)) return
    this.#pending = this.#pending.then(() => this.#write(route, endpoint, refusal))
  }

  /** Resolves when everything added so far is on disk. */
  async drained(): Promise<void> {
    await this.#pending
  }

  async list(filter: {
    readonly route?: string
    readonly limit?: number
    readonly cursor?: string
  }): Promise<Page<RefusalView>> {
    const limit = Math.min(filter.limit ?? 50, this.#context.limits.pageRowsMax)
    const { rows } = await this.#context.db.pool.query<Row>(
      `select id, route, endpoint, peer, code, detail, size from engine.refusal
        where tenant = $1 and id < $2 and ($3::text is null or route = $3) order by id desc limit $4`,
      [this.#context.tenant, Number(filter.cursor ?? Number.MAX_SAFE_INTEGER), filter.route ?? null, limit],
    )
    const items = rows.map(({ id, detail, size, ...row }) => ({
      id,
      at: new Date(timeOfId(id)).toISOString(),
      ...row,
      text: detail,
      bytes: size,
    }))
    return { items, nextCursor: rows.length === limit ? String(rows.at(-1)?.id) : null }
  }

  async body(refusalId: number): Promise<Uint8Array | undefined> {
    const { rows } = await this.#context.db.pool.query<{ body: Buffer | null }>(
      'select body from engine.refusal where tenant = $1 and id = $2',
      [this.#context.tenant, refusalId],
    )
    const body = rows[0]?.body
    return body === undefined || body === null ? undefined : await this.#context.keys.openAsync(refusalId, body)
  }

  #mayKeep(endpoint: string): boolean {
    const minute = Math.floor(this.#context.now() / 60_000)
    let counter = this.#perEndpoint.get(endpoint)
    if (counter === undefined || counter.minute !== minute) {
      if (counter !== undefined && counter.left > 0) {
        this.#context.log.warn('refusals-not-kept', { endpoint, count: counter.left })
      }
      counter = { minute, kept: 0, left: 0 }
      this.#perEndpoint.set(endpoint, counter)
    }
    if (counter.kept >= this.#context.limits.refusalsPerMinuteMax) {
      counter.left += 1
      return false
    }
    counter.kept += 1
    return true
  }

  async #write(route: string, endpoint: string, refusal: Refusal): Promise<void> {
    const { ids, keys, limits, db, tenant, log } = this.#context
    const id = ids.next()
    const kept = refusal.bytes?.subarray(0, limits.refusalBytesMax)
    try {
      await db.pool.query(
        `insert into engine.refusal (tenant, id, size, route, endpoint, peer, code, detail, body)
         select $1, $2, $3, t[1], t[2], t[3], t[4], t[5], $5 from (select $4::text[] as t) as x`,
        [
          tenant,
          id,
          refusal.bytes?.length ?? 0,
          textArray([route, endpoint, refusal.peer, refusal.code, refusal.text]),
          kept === undefined ? null : keys.sealFor(id, kept),
        ],
      )
    } catch (thrown) {
      log.error('refusal-not-recorded', { endpoint, code: refusal.code, error: toSambandError(thrown).code })
    }
  }
}
