import { type Category, SambandError, toSambandError } from '@samband/errors'
import type { RouteDescription } from '@samband/route'
import type { EngineLimits } from '../limits.ts'
import { answerCapability, type CapabilityKinds, capabilityKinds } from './capability-kinds.ts'
import type { CallFailure, GroupOutcome, RestartCause, StepOutcome } from './route-host.ts'
import { RouteThread } from './route-thread.ts'
import { type Answers, type FromWorker, type PackedJob, type Question, unpackOutcome } from './worker-protocol.ts'

/** What a route's thread tells the one who hosts the route. */
export type Tenant = {
  readonly finished: (outcome: StepOutcome) => void
  readonly grouped: (outcome: GroupOutcome) => void
  readonly callFailed: (failure: CallFailure) => void
  /** Its thread is gone and everything under way with it: open again. */
  readonly ended: (cause: RestartCause) => void
  readonly busy: () => boolean
}

type Asked = {
  readonly resolve: (answer: never) => void
  readonly reject: (reason: unknown) => void
  readonly slot: Slot
}

type Slot = {
  thread: RouteThread
  readonly tenants: Map<number, Tenant>
  /** Nobody else moves in: after trouble a route has a thread to itself. */
  alone: boolean
}

const watchMs = 100

export type ThreadPoolOptions = {
  readonly limits: Pick<
    EngineLimits,
    'threadsMax' | 'stepMs' | 'threadHeapMb' | 'threadExternalMb' | 'loadMs' | 'partsMax'
  >
  readonly capabilities: Readonly<Record<string, unknown>>
}

/**
 * The threads of all routes. Each route has a thread of its own as long as there are at most `threadsMax`; beyond that
 * routes share, the emptiest thread first. A route whose thread had to be stopped gets one of its own, so that those who
 * shared it are troubled once.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions
  readonly #kinds: CapabilityKinds
  readonly #slots = new Set<Slot>()
  readonly #loading = new Map<
    number,
    { resolve: (description: RouteDescription) => void; reject: (reason: unknown) => void }
  >()
  readonly #asked = new Map<number, Asked>()
  readonly #watch: NodeJS.Timeout
  #lastRoute = 0
  #lastAsk = 0

  constructor(options: ThreadPoolOptions) {
    this.#options = options
    this.#kinds = capabilityKinds(options.capabilities)
    this.#watch = setInterval(() => this.#look(), watchMs)
    this.#watch.unref()
  }

  get threads(): number {
    return this.#slots.size
  }

  /** Loads the route of a file into a thread. Throws SambandError: what loading threw, or 'route-load-timeout'. */
  async open(
    file: string,
    tenant: Tenant,
    own: { readonly alone: boolean; readonly stepMs?: number | undefined; readonly heapMb?: number | undefined },
  ): Promise<{ readonly lease: ThreadLease; readonly description: RouteDescription }> {
    const slot = this.#slotFor(own)
    this.#lastRoute += 1
    const route = this.#lastRoute
    slot.tenants.set(route, tenant)
    const lease = new ThreadLease(this, slot, route)
    try {
      return { lease, description: await this.#load(slot, route, file) }
    } catch (thrown) {
      await this.leave(slot, route)
      throw thrown
    }
  }

  ask<Q extends Question['question']>(
    slot: Slot,
    route: number,
    question: Extract<Question, { question: Q }>,
  ): Promise<Answers[Q]> {
    this.#lastAsk += 1
    const ask = this.#lastAsk
    return new Promise((resolve, reject) => {
      this.#asked.set(ask, { resolve, reject, slot })
      slot.thread.post({ kind: 'ask', route, ask, ...question })
    })
  }

  async leave(slot: Slot, route: number): Promise<void> {
    if (!slot.tenants.delete(route)) return
    if (slot.tenants.size > 0) slot.thread.post({ kind: 'stop', route })
    else {
      this.#slots.delete(slot)
      await slot.thread.close()
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#watch)
    await Promise.all([...this.#slots].map(({ thread }) => thread.close()))
    this.#slots.clear()
  }

  async #load(slot: Slot, route: number, file: string): Promise<RouteDescription> {
    const { loadMs, partsMax } = this.#options.limits
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<RouteDescription>((resolve, reject) => {
        this.#loading.set(route, { resolve, reject })
        slot.thread.post({ kind: 'load', route, file, capabilities: this.#kinds, partsMax })
        timer = setTimeout(() => {
          reject(loadTimeout(file, loadMs))
          // It may never come back from there, and would keep whoever shares the thread.
          this.#ended(slot, {
            code: 'step-time-exceeded',
            text: loadTimeout(file, loadMs).message,
            messageId: undefined,
          })
          void slot.thread.close()
        }, loadMs)
      })
    } finally {
      clearTimeout(timer)
      this.#loading.delete(route)
    }
  }

  #slotFor({
    alone,
    stepMs,
    heapMb,
  }: {
    alone: boolean
    stepMs?: number | undefined
    heapMb?: number | undefined
  }): Slot {
    const { limits } = this.#options
    const special = stepMs !== undefined || heapMb !== undefined
    if (!alone && !special && this.#slots.size >= limits.threadsMax) {
      const shared = [...this.#slots]
        .filter(slot => !slot.alone)
        .toSorted((a, b) => a.tenants.size - b.tenants.size)
        .at(0)
      if (shared !== undefined) return shared
    }
    const tenants = new Map<number, Tenant>()
    const thread = new RouteThread(
      {
        stepMs: stepMs ?? limits.stepMs,
        heapMb: heapMb ?? limits.threadHeapMb,
        externalMb: limits.threadExternalMb,
      },
      { message: message => this.#message(slot, message), ended: cause => this.#ended(slot, cause) },
    )
    const slot: Slot = { thread, tenants, alone: alone || special }
    this.#slots.add(slot)
    return slot
  }

  #look(): void {
    const now = performance.now()
    for (const { thread, tenants } of this.#slots) {
      let busy = false
      let loading = false
      for (const [route, tenant] of tenants) {
        busy ||= tenant.busy()
        loading ||= this.#loading.has(route)
      }
      // Loading has a limit of its own.
      thread.watch(now, busy && !loading)
    }
  }

  #ended(slot: Slot, cause: RestartCause): void {
    this.#slots.delete(slot)
    for (const [ask, asked] of this.#asked) {
      if (asked.slot !== slot) continue
      this.#asked.delete(ask)
      asked.reject(threadEnded(cause))
    }
    for (const [route, tenant] of slot.tenants) {
      this.#loading.get(route)?.reject(threadEnded(cause))
      tenant.ended(cause)
    }
  }

  #message(slot: Slot, message: FromWorker): void {
    switch (message.kind) {
      case 'finished': {
        const tenant = slot.tenants.get(message.route)
        for (const packed of message.outcomes) tenant?.finished(unpackOutcome(packed, message.bytes))
        break
      }
      case 'grouped':
        slot.tenants.get(message.route)?.grouped(unpackOutcome(message.outcome, message.bytes))
        break
      case 'call-failed':
        slot.tenants.get(message.route)?.callFailed(message.failure)
        break
      case 'call':
        void this.#call(slot, message)
        break
      case 'answered':
        this.#asked.get(message.ask)?.resolve(message.answer as never)
        this.#asked.delete(message.ask)
        break
      case 'ask-failed':
        this.#asked.get(message.ask)?.reject(rebuilt(message.error))
        this.#asked.delete(message.ask)
        break
      case 'loaded':
        this.#loading.get(message.route)?.resolve(message.description)
        break
      case 'load-failed':
        this.#loading.get(message.route)?.reject(rebuilt(message.error))
        break
      case 'pong':
        break
    }
  }

  async #call({ thread }: Slot, { call, capability, args }: FromWorker & { kind: 'call' }): Promise<void> {
    try {
      const value = await answerCapability(this.#options.capabilities, capability, args)
      thread.post({ kind: 'answer', call, value })
    } catch (thrown) {
      const { code, category, message } = toSambandError(thrown, 'capability-threw')
      thread.post({ kind: 'answer-failed', call, error: { code, category, message } })
    }
  }
}

/** A route's place in a thread. */
export class ThreadLease {
  readonly #pool: ThreadPool
  readonly #slot: Slot
  readonly #route: number

  constructor(pool: ThreadPool, slot: Slot, route: number) {
    this.#pool = pool
    this.#slot = slot
    this.#route = route
  }

  run(jobs: readonly PackedJob[], bytes: ArrayBuffer): void {
    this.#slot.thread.post({ kind: 'run', route: this.#route, jobs, bytes }, [bytes])
  }

  ready(): void {
    this.#slot.thread.post({ kind: 'ready', route: this.#route })
  }

  ask<Q extends Question['question']>(question: Extract<Question, { question: Q }>): Promise<Answers[Q]> {
    return this.#pool.ask<Q>(this.#slot, this.#route, question)
  }

  leave(): Promise<void> {
    return this.#pool.leave(this.#slot, this.#route)
  }
}

function threadEnded({ code, text }: RestartCause): SambandError {
  return new SambandError({ code, category: 'busy', message: text })
}

function loadTimeout(file: string, loadMs: number): SambandError {
  return new SambandError({
    code: 'route-load-timeout',
    category: 'incorrect',
    message: `${file} took more than ${loadMs} ms to load: a route module only describes, it must not do anything`,
  })
}

function rebuilt({ code, category, message }: { code: string; category: string; message: string }): SambandError {
  // Made from a SambandError in the thread.
  return new SambandError({ code, category: category as Category, message })
}
