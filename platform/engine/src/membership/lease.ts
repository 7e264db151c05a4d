import { SambandError } from '@samband/errors'
import { type Database, type DatabaseClient, toDatabaseError } from '@samband/store'
import type { Log } from '../ports.ts'
import type { MembershipLimits } from './limits.ts'
import { engineDeposed } from './fence.ts'
import { Liveness } from './liveness.ts'
import { backendOf, beat, type Identity, markEnded, regain, register } from './registration.ts'
import { readView, type View } from './view.ts'

export type LeaseOptions = {
  readonly db: Database
  readonly tenant: number
  readonly address: string | undefined
  readonly laneCount: number
  readonly limits: MembershipLimits
  readonly log: Log
}

export type LeaseEvents = {
  /** After each confirmed beat. Answers false when the rows say that this process has lost a lane. */
  readonly onView: (view: View) => boolean
  readonly onDeposed: () => void
}

/** How long each step of `close` may take: a server that does not answer is left behind. */
const closeLimitMs = 500
/** How many times more often it looks while the session of another is gone. */
const looksInDoubt = 5

/**
 * A process's place among the others, held by one session: the node number, the beat, and the look at the others.
 *
 * *held* (a beat was confirmed less than `selfFenceAfterMs` ago) -> *unconfirmed* (the connection broke, or no beat was confirmed for so long)
 * -> *held* again by the next beat, or *deposed* when the row is not 'alive' any more. *Closed* from any of them.
 *
 * One loop does it all: beat, look, mark the dead, sleep until the next beat is due or a notification comes.
 */
export class Lease {
  readonly identity: Identity
  readonly #options: LeaseOptions
  readonly #liveness: Liveness
  #events: LeaseEvents | undefined
  #client: DatabaseClient | undefined
  #backend = 0
  /** When the newest confirmed beat was sent, monotonic. */
  #beatAt: number
  #ended = false
  #closing = false
  #poked = false
  /** Who waits for a whole turn. */
  #waiting: (() => void)[] = []
  #wake: (() => void) | undefined
  #loop: Promise<void> | undefined

  private constructor(options: LeaseOptions, identity: Identity, beatAt: number) {
    this.#options = options
    this.identity = identity
    this.#liveness = new Liveness(options.limits)
    this.#beatAt = beatAt
  }

  /** Throws SambandError `nodes-exhausted`, `lane-count-changed`, and those of `Database.dedicated`. */
  static async open(options: LeaseOptions, eventsFor: (lease: Lease) => LeaseEvents): Promise<Lease> {
    const client = await options.db.dedicated('engine-lease')
    try {
      const beatAt = performance.now()
      const identity = await register(client, options)
      const lease = new Lease(options, identity, beatAt)
      lease.#events = eventsFor(lease)
      await lease.#use(client)
      await lease.#turn(client)
      if (lease.#ended) throw engineDeposed(identity.epoch)
      lease.#loop = lease.#run()
      return lease
    } catch (thrown) {
      await client.end().catch(() => {
        // The failure that brought us here is the one to tell.
      })
      throw thrown instanceof SambandError ? thrown : toDatabaseError(thrown, 'registering this process')
    }
  }

  get valid(): boolean {
    return (
      !this.#ended &&
      this.#client !== undefined &&
      performance.now() - this.#beatAt < this.#options.limits.selfFenceAfterMs
    )
  }

  /** The loop goes round now; resolves after a whole turn that began later than this call, or when all is over. */
  round(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    this.poke()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** The loop goes round now. */
  poke(): void {
    this.#poked = true
    this.#wake?.()
  }

  /** A statement on the lease's own session; undefined while it is not connected. */
  async use<T>(work: (client: DatabaseClient) => Promise<T>): Promise<T | undefined> {
    return this.#client === undefined ? undefined : await work(this.#client)
  }

  /** It is over: others took this process for dead. */
  depose(): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.log.error('engine-deposed', { epoch: this.identity.epoch, node: this.identity.node })
    this.#wake?.()
    this.#events?.onDeposed()
  }

  /** Ends the loop, then writes how it ended, then ends the session. Never rejects. */
  async close(state: 'dead' | 'left'): Promise<void> {
    this.#closing = true
    const deposed = this.#ended
    this.#ended = true
    this.#wake?.()
    await atMost(this.#loop)
    const client = this.#client
    this.#client = undefined
    if (client === undefined) return
    // Others who cannot be told see by themselves that the session is gone.
    if (!deposed) await atMost(markEnded(client, this.identity, state))
    // A statement that is still under way fails with this.
    await atMost(client.end())
  }

  async #use(client: DatabaseClient): Promise<void> {
    this.#backend = await backendOf(client)
    client.on('notification', () => this.poke())
    client.once('end', () => {
      if (this.#client !== client) return
      this.#client = undefined
      this.poke()
    })
    this.#client = client
  }

  async #run(): Promise<void> {
    const { beatEveryMs, reconnectPauseMs } = this.#options.limits
    await this.#sleep(beatEveryMs)
    while (!this.#ended) {
      const begun = performance.now()
      const ok = await this.#attempt()
      const pauseMs = this.#liveness.inDoubt ? beatEveryMs / looksInDoubt : beatEveryMs
      if (ok) await this.#sleep(begun + pauseMs - performance.now())
      else if (!this.#ended) await new Promise(resolve => setTimeout(resolve, reconnectPauseMs))
    }
    for (const resolve of this.#waiting.splice(0)) resolve()
    if (this.#closing) return
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {
      // The session is gone already.
    })
  }

  async #attempt(): Promise<boolean> {
    try {
      const client = this.#client ?? (await this.#reconnect())
      await this.#withLimit(client, this.#turn(client))
      return true
    } catch (thrown) {
      if (this.#ended) return false
      const error = toDatabaseError(thrown, 'confirming that this process lives')
      if (error.code === 'engine-deposed') this.depose()
      else this.#options.log.warn('engine-lease-lost', { code: error.code, text: error.message })
      return false
    }
  }

  async #reconnect(): Promise<DatabaseClient> {
    const client = await this.#options.db.dedicated('engine-lease')
    try {
      await regain(client, this.identity, this.#backend)
      await this.#use(client)
      return client
    } catch (thrown) {
      await client.end().catch(() => {
        // The failure that brought us here is the one to tell.
      })
      throw thrown
    }
  }

  /** A server that does not answer is as good as gone: the connection is dropped and made anew. */
  async #withLimit(client: DatabaseClient, turn: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = 'the database does not answer'
        reject(new SambandError({ code: 'engine-lease-timeout', category: 'unavailable', message }))
      }, this.#options.limits.selfFenceAfterMs)
    })
    try {
      await Promise.race([turn, limit])
    } catch (thrown) {
      if (this.#client === client) this.#client = undefined
      // With a statement under way this drops the socket instead of taking leave; the turn then fails, which is known already.
      turn.catch(() => {})
      client.end().catch(() => {})
      throw thrown
    } finally {
      clearTimeout(timer)
    }
  }

  async #turn(client: DatabaseClient): Promise<void> {
    const { identity } = this
    this.#poked = false
    const waiting = this.#waiting.splice(0)
    try {
      await this.#lookAround(client, identity)
    } catch (thrown) {
      this.#waiting.unshift(...waiting)
      throw thrown
    }
    for (const resolve of waiting) resolve()
  }

  async #lookAround(client: DatabaseClient, identity: Identity): Promise<void> {
    const sentAt = performance.now()
    if (!(await beat(client, identity))) return this.depose()
    let view = await readView(client, identity.tenant)
    if (await this.#markDead(client, view)) view = await readView(client, identity.tenant)
    if (this.#ended) return
    if (this.#events?.onView(view) === false) return this.depose()
    this.#beatAt = sentAt
  }

  /** Answers whether any was marked. */
  async #markDead(client: DatabaseClient, { members }: View): Promise<boolean> {
    const others = members.filter(({ epoch }) => epoch !== this.identity.epoch)
    let marked = false
    for (const { epoch, beat: seenBeat, session } of this.#liveness.look(others, performance.now())) {
      const { tenant } = this.identity
      if (!(await markEnded(client, { tenant, epoch }, 'dead', seenBeat))) continue
      this.#options.log.warn('engine-process-dead', { epoch, session })
      marked = true
    }
    return marked
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#poked || this.#ended || ms <= 0) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>(resolve => {
      this.#wake = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
    this.#wake = undefined
  }
}

/** Waits for what may fail or never end, when the rest goes on all the same. */
async function atMost(work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, closeLimitMs)
  })
  await Promise.race([work, limit]).catch(() => {
    // The connection is gone, and with it what was to be said.
  })
  clearTimeout(timer)
}
