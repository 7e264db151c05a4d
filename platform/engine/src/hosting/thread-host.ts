import { SambandError, toSambandError } from '@samband/errors'
import type { RouteDescription } from '@samband/route'
import type { Log } from '../ports.ts'
import type { GroupOutcome, HostListener, RestartCause, RouteHost, StepJob, StepOutcome } from './route-host.ts'
import type { ThreadLease, ThreadPool } from './thread-pool.ts'
import { packJobs } from './worker-protocol.ts'

export type ThreadHostOptions = {
  readonly pool: ThreadPool
  readonly file: string
  /** Content hash: '4f2c9a1b'. */
  readonly hash: string
  readonly listener: HostListener
  readonly log: Log
}

const reopenPauseMs = 1_000
const askAgainMs = 20

/**
 * A route's code in a thread.
 *
 * *running* -> *reopening* (its thread was stopped: an endless loop, a leak, an exit) -> *careful* (what was under way runs
 * again, one message at a time, so that the one that stops the thread again is known) -> *running*. A message that stops
 * the thread while it is alone, or of which the thread's mark says so, becomes a dead letter. What comes meanwhile waits in
 * order.
 */
export class ThreadHost implements RouteHost {
  readonly #options: ThreadHostOptions
  readonly #underWay = new Map<number, StepJob>()
  /** Messages of which items wait in groups. */
  readonly #members = new Map<number, { readonly job: StepJob; open: number }>()
  #lease: ThreadLease | undefined
  #description: RouteDescription | undefined
  #batch: StepJob[] = []
  /** Jobs that are not in the thread yet, in order. */
  #waiting: StepJob[] = []
  /** How many of the waiting ones go one by one. */
  #careful = 0
  #alone: number | undefined
  #isReady = false
  #reopening = false
  #stopped = false

  private constructor(options: ThreadHostOptions) {
    this.#options = options
  }

  static async open(options: ThreadHostOptions): Promise<ThreadHost> {
    const host = new ThreadHost(options)
    await host.#open(false)
    return host
  }

  get description(): RouteDescription {
    // Set by `open`, which alone makes a host.
    return this.#description as RouteDescription
  }

  get revision(): string {
    return `${this.description.version}+${this.#options.hash}`
  }

  get underWay(): number {
    return this.#underWay.size
  }

  ready(): void {
    this.#isReady = true
    this.#lease?.ready()
  }

  run(job: StepJob): void {
    this.#underWay.set(job.messageId, job)
    if (this.#lease === undefined || this.#alone !== undefined || this.#waiting.length > 0) this.#waiting.push(job)
    else if (this.#batch.push(job) === 1) queueMicrotask(() => this.#flush())
  }

  read: RouteHost['read'] = async raws =>
    await (await this.#thread()).ask<'read'>({ question: 'read', raws: raws.map(compact) })
  trace: RouteHost['trace'] = async (messageId, raw, recorded) =>
    await (await this.#thread()).ask<'trace'>({ question: 'trace', messageId, raw: compact(raw), recorded })
  rehearse: RouteHost['rehearse'] = async job =>
    await (await this.#thread()).ask<'rehearse'>({ question: 'rehearse', job: { ...job, raw: compact(job.raw) } })
  groupKeys: RouteHost['groupKeys'] = async failures =>
    await (await this.#thread()).ask<'group-keys'>({ question: 'group-keys', failures })

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#lease?.leave()
  }

  /** Waits while the thread is being replaced. */
  async #thread(): Promise<ThreadLease> {
    while (this.#lease === undefined && !this.#stopped) await new Promise(resolve => setTimeout(resolve, askAgainMs))
    if (this.#lease === undefined) throw stopped(this.#options.file)
    return this.#lease
  }

  #flush(): void {
    const jobs = this.#batch
    this.#batch = []
    if (this.#lease === undefined) {
      this.#waiting.push(...jobs)
      return
    }
    const packed = packJobs(jobs)
    this.#lease.run(packed.jobs, packed.bytes)
  }

  #finished(outcome: StepOutcome): void {
    const job = this.#underWay.get(outcome.messageId)
    if (job === undefined) return
    this.#underWay.delete(outcome.messageId)
    if (outcome.joins.length > 0) this.#members.set(outcome.messageId, { job, open: outcome.joins.length })
    this.#options.listener.finished(outcome)
    if (this.#alone === outcome.messageId) {
      this.#alone = undefined
      this.#next()
    }
  }

  #grouped(outcome: GroupOutcome): void {
    for (const { messageId } of outcome.members) {
      const member = this.#members.get(messageId)
      if (member === undefined) continue
      member.open -= 1
      if (member.open === 0) this.#members.delete(messageId)
    }
    this.#options.listener.grouped(outcome)
  }

  /** Sends what waits: the careful ones each alone, then all the others. */
  #next(): void {
    if (this.#lease === undefined) return
    if (this.#careful > 0) {
      this.#careful -= 1
      const job = this.#waiting.shift()
      if (job === undefined) return
      this.#alone = job.messageId
      this.#batch.push(job)
      this.#flush()
      return
    }
    if (this.#waiting.length === 0) return
    this.#batch.push(...this.#waiting.splice(0))
    this.#flush()
  }

  #ended(cause: RestartCause): void {
    this.#lease = undefined
    // Before its first loading has ended, that says what went wrong.
    if (this.#stopped || this.#description === undefined) return
    const { listener } = this.#options
    const culprit = cause.messageId ?? this.#alone
    this.#alone = undefined
    this.#batch = []
    if (culprit !== undefined && this.#underWay.delete(culprit)) {
      const result = { kind: 'dead', step: 'steps', code: cause.code, text: cause.text } as const
      listener.finished({ messageId: culprit, key: undefined, calls: [], joins: [], result })
    }
    // While it is being loaded again, the one who loads it hears of it and goes on trying.
    if (this.#reopening) return
    listener.restarted({ ...cause, messageId: culprit })
    // Members of open groups run again as well: their groups were in the thread.
    for (const [messageId, { job }] of this.#members) this.#underWay.set(messageId, job)
    this.#members.clear()
    this.#waiting = [...this.#underWay.values()].toSorted((a, b) => a.messageId - b.messageId)
    this.#careful = this.#waiting.length
    void this.#reopen()
  }

  async #reopen(): Promise<void> {
    this.#reopening = true
    while (!this.#stopped) {
      try {
        await this.#open(true)
        this.#reopening = false
        this.#next()
        return
      } catch (thrown) {
        const { code, message } = toSambandError(thrown)
        this.#options.log.error('route-not-reopened', { file: this.#options.file, code, text: message })
        await new Promise(resolve => setTimeout(resolve, reopenPauseMs))
      }
    }
  }

  async #open(alone: boolean): Promise<void> {
    const { pool, file, listener } = this.#options
    const tenant = {
      finished: (outcome: StepOutcome) => this.#finished(outcome),
      grouped: (outcome: GroupOutcome) => this.#grouped(outcome),
      callFailed: listener.callFailed,
      ended: (cause: RestartCause) => this.#ended(cause),
      busy: () => this.#underWay.size > 0,
    }
    const known = this.#description?.limits
    let opened = await pool.open(file, tenant, { alone, ...known })
    const { stepMs, heapMb } = opened.description.limits
    if (known === undefined && (stepMs ?? heapMb) !== undefined) {
      // What it asks for is known only now: it moves into a thread with its own limits.
      await opened.lease.leave()
      opened = await pool.open(file, tenant, { alone: true, stepMs, heapMb })
    }
    this.#description = opened.description
    this.#lease = opened.lease
    if (this.#isReady) opened.lease.ready()
    if (this.#stopped) await this.#lease.leave()
  }
}

/** A view into a slab would be sent with all of the slab. */
function compact<R extends { readonly bytes: Uint8Array }>(raw: R): R {
  return raw.bytes.byteLength === raw.bytes.buffer.byteLength ? raw : { ...raw, bytes: Uint8Array.from(raw.bytes) }
}

function stopped(file: string): SambandError {
  return new SambandError({
    code: 'route-stopped',
    category: 'unavailable',
    message: `${file} is not running any more`,
  })
}
