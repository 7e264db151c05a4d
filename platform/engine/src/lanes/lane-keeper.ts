import type { DatabaseClient } from '@samband/store'
import type { EngineContext } from '../engine-context.ts'
import type { Claim } from '../membership/membership-types.ts'
import { recoverRoute } from '../recovery.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { RouteSet } from './route-set.ts'

/**
 * What this process does when lanes come and go.
 *
 * Gained: whatever was under way in them is found in the journal and goes on, before anything new is admitted. Lost:
 * nothing new is admitted (the membership sees to that); what is being stored, run or sent ends; what waits is left to the
 * journal; and what happened is written.
 */
export class LaneKeeper {
  readonly #routes: RouteSet
  readonly #checkpoints: Checkpoints
  readonly #context: EngineContext

  constructor(context: EngineContext, routes: RouteSet, checkpoints: Checkpoints) {
    this.#context = context
    this.#routes = routes
    this.#checkpoints = checkpoints
  }

  claimWith(client: DatabaseClient, claim: Claim): Promise<void> {
    return this.#checkpoints.claim(client, claim)
  }

  async gained(claim: Claim): Promise<void> {
    const lanes = new Set(claim.lanes)
    for (const runtime of this.#routes.all) {
      const begun = performance.now()
      const low = this.#checkpoints.lowOf(claim, runtime.name)
      const messages = await recoverRoute(this.#context, runtime, low, this.#routes.find, lanes)
      if (messages > 0) {
        const ms = Math.round(performance.now() - begun)
        this.#context.log.info('recovered', { route: runtime.name, messages, lanes: lanes.size, ms })
      }
    }
    this.#checkpoints.release(claim)
    for (const { host } of this.#routes.all) host.ready()
    if (claim.reason !== 'first') {
      this.#context.log.info('lanes-gained', { lanes: lanes.size, reason: claim.reason, from: claim.from?.node ?? -1 })
    }
  }

  async losing(given: readonly number[]): Promise<void> {
    const { desk, events, log } = this.#context
    const lanes = new Set(given)
    this.#checkpoints.giving(given, this.#routes.all)
    try {
      await desk.stored()
      await Promise.all(this.#routes.all.map(runtime => runtime.finishLanes()))
    } catch (thrown) {
      // Nothing has been let go.
      this.#checkpoints.keeping(given)
      throw thrown
    }
    // From here on it must not fail: what waits is gone from memory.
    await Promise.all(this.#routes.all.map(runtime => runtime.leaveLanes(lane => lanes.has(lane))))
    await events.drained()
    log.info('lanes-given', { lanes: lanes.size })
  }
}
