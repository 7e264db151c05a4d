import { randomUUID } from 'node:crypto'
import { toDatabaseError } from '@samband/store'
import type { HubLog } from '../ports.ts'
import type { Change } from '../storage/stored.ts'
import { type FollowContext, pause, runFeedLoop } from './feed-loop.ts'

export type FollowChanges = {
  /** kebab-case, unique in the tenant: the follower is durable by it. */
  readonly name: string
  /** Where a follower begins that was never there before; from now on unless given. 0 is from the beginning. */
  readonly after?: number
  readonly types?: Iterable<string>
  /**
   * Handles a batch, in order. Progress is saved when it resolves; when it throws, or this process dies, the same changes
   * come again, here or in another process (at least once). `signal` says that there is no hurry to finish: the follower
   * stops, or another process has taken over.
   */
  readonly onChanges: (changes: readonly Change[], signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Follows the feed under a name, from where the name stands, until `signal` aborts; resolves when it has stopped. Of
 * several processes that follow under one name one gets the changes, by a lease; the others wait for it to end.
 *
 * Delivery: in the order of commits, none lost, at least once.
 *
 * @throws HubError 410 `feed-pruned` when it would begin before what is kept
 */
export async function followChanges(
  context: FollowContext & { readonly log: HubLog },
  follow: FollowChanges,
): Promise<void> {
  const { limits, log } = context
  const { name, signal } = follow
  const lease = new Lease(context, name)
  let failures = 0
  while (!signal.aborted) {
    try {
      const seq = await lease.acquire(follow.after)
      if (seq === undefined) await pause(Math.min(limits.feedPollMs, limits.feedLeaseMs / 3), signal)
      else {
        await handle(context, follow, lease, seq, () => {
          failures = 0
        })
      }
    } catch (thrown) {
      if (codeOf(thrown) === 'feed-pruned') {
        await lease.release()
        throw thrown
      }
      failures += 1
      log.warn('hub-follower-failed', { name, failures, code: codeOf(thrown) })
      await pause(Math.min(limits.feedRetryMs * 2 ** (failures - 1), limits.feedRetryMaxMs), signal)
    }
  }
  await lease.release()
}

/** A follower without a name and without a lease: each process has its own, and begins where it says. */
export async function watchChanges(
  context: FollowContext,
  watch: {
    readonly after: number
    readonly types?: ReadonlySet<string>
    readonly onChanges: (changes: readonly Change[]) => Promise<void>
    /** All changes up to it have been handled. */
    readonly onThrough?: (through: number) => Promise<void>
    readonly signal: AbortSignal
  },
): Promise<void> {
  let position = watch.after
  await runFeedLoop(context, {
    ...(watch.types === undefined ? {} : { types: watch.types }),
    signal: watch.signal,
    position: () => position,
    onPage: async (changes, through) => {
      if (changes.length > 0) await watch.onChanges(changes)
      if (through > position) await watch.onThrough?.(through)
      position = through
      return true
    },
  })
}

/** Handles changes as long as the lease is held. */
async function handle(
  context: FollowContext,
  follow: FollowChanges,
  lease: Lease,
  from: number,
  succeeded: () => void,
): Promise<void> {
  const { limits } = context
  const lost = new AbortController()
  const signal = AbortSignal.any([follow.signal, lost.signal])
  let position = from
  let savedAt = performance.now()
  // A batch that takes long keeps its lease; a process that stands still loses it.
  const heartbeat = setInterval(() => {
    lease.save(position).then(
      held => {
        if (!held) lost.abort()
      },
      () => {
        // The next beat tries again; a lease that could not be kept so long belongs to another process, and `save` tells.
      },
    )
  }, limits.feedLeaseMs / 3)
  heartbeat.unref()
  try {
    await runFeedLoop(context, {
      ...(follow.types === undefined ? {} : { types: new Set(follow.types) }),
      signal,
      position: () => position,
      onPage: async (changes, through) => {
        if (changes.length > 0) await follow.onChanges(changes, signal)
        const idle = changes.length === 0 && performance.now() - savedAt < limits.feedPollMs
        if (through > position && !idle) {
          if (!(await lease.save(through))) return false
          savedAt = performance.now()
        }
        position = through
        succeeded()
        return true
      },
    })
    if (follow.signal.aborted) await lease.save(position)
  } finally {
    clearInterval(heartbeat)
  }
}

/** The right to handle a follower's changes, and its position. */
class Lease {
  readonly #context: FollowContext
  readonly #name: string
  readonly #owner = randomUUID()

  constructor(context: FollowContext, name: string) {
    this.#context = context
    this.#name = name
  }

  /** Where the follower stands; undefined while another process holds it. */
  async acquire(after: number | undefined): Promise<number | undefined> {
    const rows = await this.#ask<{ seq: number }>(
      `insert into hub.follower as f (tenant, name, seq, owner, lease_until)
       values ($1, $2, coalesce($5::int8, (select max(seq) from hub.change where tenant = $1), 0), $3, now() + $4 * interval '1 ms')
       on conflict (tenant, name) do update set owner = excluded.owner, lease_until = excluded.lease_until
         where f.owner is null or f.owner = excluded.owner or f.lease_until < now()
       returning f.seq`,
      [after ?? null],
    )
    return rows[0]?.seq
  }

  /** False when another process has taken over: what it has done since counts. */
  async save(seq: number): Promise<boolean> {
    const rows = await this.#ask(
      `update hub.follower set seq = greatest(seq, $5), lease_until = now() + $4 * interval '1 ms',
              moved_at = case when seq < $5 then now() else moved_at end
        where tenant = $1 and name = $2 and owner = $3 returning 1`,
      [seq],
    )
    return rows.length > 0
  }

  /** Lets others begin at once. Where that fails they wait for the lease to end. */
  async release(): Promise<void> {
    const { store } = this.#context
    await store.db.pool
      .query(
        'update hub.follower set owner = null, lease_until = null where tenant = $1 and name = $2 and owner = $3',
        [store.tenant, this.#name, this.#owner],
      )
      .catch(() => {
        // It ends by itself.
      })
  }

  async #ask<T extends object>(text: string, more: readonly unknown[]): Promise<readonly T[]> {
    const { store, limits } = this.#context
    try {
      const values = [store.tenant, this.#name, this.#owner, limits.feedLeaseMs, ...more]
      return (await store.db.pool.query<T>(text, values)).rows
    } catch (thrown) {
      throw toDatabaseError(thrown, 'following the change feed')
    }
  }
}

function codeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : 'unknown'
}
