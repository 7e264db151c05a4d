import { idFromTime, type DatabaseClient } from '@samband/store'
import { numberArray } from '../array-literal.ts'
import type { EngineContext } from '../engine-context.ts'
import type { Claim } from '../membership/membership-types.ts'
import type { RouteRuntime } from '../route-runtime.ts'

/** Longer than any commit takes: what has an older id was admitted, or refused. */
const commitMsMax = 600_000

/**
 * Where a recovery of each route has to begin, per process: no message below that id owes anything in the lanes that the
 * process owns. One small row a route and process; the journal itself is never updated.
 */
export class Checkpoints {
  readonly #context: EngineContext
  readonly #routes: () => readonly RouteRuntime[]
  /** Lanes that are being taken over, and where each route begins: their messages are not among the unsettled yet. */
  readonly #claimed = new Map<number, ReadonlyMap<string, number>>()

  /**
   * Lanes that were given up and that nobody else owns yet, and what each route owed then: their messages are no longer
   * among the unsettled here, and not yet there.
   */
  readonly #given = new Map<number, ReadonlyMap<string, number>>()

  readonly #fresh = new Map<string, number>()

  constructor(context: EngineContext, routes: () => readonly RouteRuntime[]) {
    this.#context = context
    this.#routes = routes
  }

  /** In the transaction that makes the lanes ours: whatever their owner before had to look at, we have to. */
  async claim(client: DatabaseClient, claim: Claim): Promise<void> {
    const { tenant, node } = this.#context
    const { rows } = await client.query<{ route: string; low: number }>(
      `select route, min(low_id) as low from engine.checkpoint
        where tenant = $1 and ($2::int2 is null or node = $2) group by route`,
      [tenant, claim.from?.node ?? null],
    )
    const lows = new Map(rows.map(({ route, low }) => [route, low]))
    // A process that died before it had written a mark may owe anything since the route first ran.
    for (const { name } of this.#routes()) if (!lows.has(name)) lows.set(name, this.#fresh.get(name) ?? 0)
    await client.query(
      `insert into engine.checkpoint (tenant, route, node, low_id)
       select $1, w.route, $2, w.low from unnest($3::text[], $4::int8[]) as w (route, low)
       on conflict (tenant, route, node) do update set low_id = least(engine.checkpoint.low_id, excluded.low_id)`,
      [tenant, node, [...lows.keys()], numberArray([...lows.values()])],
    )
    for (const lane of claim.lanes) {
      this.#claimed.set(lane, lows)
      this.#given.delete(lane)
    }
  }

  /** The route never ran before: the journal need not be searched for what it owes. */
  nothingBefore(route: string): void {
    // Clocks of processes differ, and another may have begun at the same moment.
    this.#fresh.set(route, idFromTime(this.#context.now() - commitMsMax))
  }

  /** Where to begin with these lanes. */
  lowOf(claim: Claim, route: string): number {
    const otherwise = this.#fresh.get(route) ?? 0
    return Math.min(...claim.lanes.map(lane => this.#claimed.get(lane)?.get(route) ?? otherwise))
  }

  /** What was under way in them has been found. */
  release(claim: Claim): void {
    for (const lane of claim.lanes) this.#claimed.delete(lane)
  }

  /** Before the messages of these lanes are let go: whoever takes the lanes begins no later than here. */
  giving(lanes: readonly number[], routes: readonly RouteRuntime[]): void {
    const lows = new Map(routes.map(route => [route.name, this.low(route)]))
    for (const lane of lanes) this.#given.set(lane, lows)
  }

  /** They were not let go after all. */
  keeping(lanes: readonly number[]): void {
    for (const lane of lanes) this.#given.delete(lane)
  }

  /** No message of the route below this id is unsettled here, nor in lanes that nobody has taken from here yet. */
  low(runtime: RouteRuntime): number {
    const { now, limits } = this.#context
    const quietSince = idFromTime(now() - commitMsMax - limits.journalDeadlineMs)
    // Should the clock be set back after this: what comes then must not lie below the mark.
    this.#context.ids.passed(quietSince)
    let low = runtime.unsettled.low(quietSince)
    for (const lane of this.#given.keys()) {
      if (this.#context.desk.ownerAddress(lane) !== undefined) this.#given.delete(lane)
    }
    const others = new Set([...this.#claimed.values(), ...this.#given.values()])
    for (const lows of others) low = Math.min(low, lows.get(runtime.name) ?? low)
    return low
  }

  /** Fenced: a process that was taken for dead must not raise what its successor has lowered. */
  async save(routes: readonly RouteRuntime[]): Promise<void> {
    const { db, tenant, node, fence } = this.#context
    const lows = routes.map(route => this.low(route))
    await db.transaction(async client => {
      await fence(client)
      await client.query(
        `insert into engine.checkpoint (tenant, route, node, low_id)
         select $1, c.route, $2, c.low_id from unnest($3::text[], $4::int8[]) as c (route, low_id)
         on conflict (tenant, route, node) do update set low_id = excluded.low_id
          where engine.checkpoint.low_id <> excluded.low_id`,
        [tenant, node, routes.map(({ name }) => name), numberArray(lows)],
      )
    })
  }

  /** The lowest of the other processes, by route: what they owe is not ours to drop. */
  async lowOfOthers(): Promise<ReadonlyMap<string, number>> {
    const { db, tenant, node } = this.#context
    const { rows } = await db.pool.query<{ route: string; low: number }>(
      `select c.route, min(c.low_id) as low from engine.checkpoint c
         join engine.process p on p.tenant = c.tenant and p.node = c.node and p.state = 'alive'
        where c.tenant = $1 and c.node <> $2 group by c.route`,
      [tenant, node],
    )
    return new Map(rows.map(({ route, low }) => [route, low]))
  }
}
