import { SambandError } from '@samband/errors'
import type { CallRecord } from './capabilities.ts'
import type { CallStep } from './graph.ts'

/** What the capabilities of a step answered: plain data, never the step's result, which may hold another's message. */
export type Answer = Pick<CallRecord, 'capability' | 'result' | 'sync'>

type Entry = { readonly answers: readonly Answer[]; readonly untilMs: number }

/**
 * Answers by key, for a while. Pure: time is an argument, any clock that does not go back. The key unused for longest makes
 * room. Nobody may change the answers; steps get copies.
 */
export class CallCache {
  readonly #ttlMs: number
  readonly #entriesMax: number
  /** In order of their last use. */
  readonly #entries = new Map<string, Entry>()

  constructor({ ttlMs, entriesMax }: { readonly ttlMs: number; readonly entriesMax: number }) {
    this.#ttlMs = ttlMs
    this.#entriesMax = entriesMax
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, nowMs: number): readonly Answer[] | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.untilMs <= nowMs) return undefined
    this.#entries.set(key, entry)
    return entry.answers
  }

  set(key: string, answers: readonly Answer[], nowMs: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { answers, untilMs: nowMs + this.#ttlMs })
    if (this.#entries.size <= this.#entriesMax) return
    const [unusedLongest] = this.#entries.keys()
    if (unusedLongest !== undefined) this.#entries.delete(unusedLongest)
  }
}

/** The caches of one running route, and who is asking right now. */
export class CallCaches {
  readonly #now: () => number
  readonly #caches = new Map<string, CallCache>()
  readonly #asking = new Map<string, Promise<readonly Answer[]>>()

  /** `now` in ms, by a clock that does not go back: `performance.now()`. */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Answers from the cache, or asks and keeps. `ask(known)` runs the step, with answers instead of questions when there are
   * any; it tells what was answered. Of those that ask for one key at the same time the first asks and the others wait for
   * its answers. When it could not (busy, unavailable), neither could they; when it failed for a reason of its own, the
   * next one asks.
   */
  async answer<T>(
    step: CallStep,
    key: string,
    ask: (known: readonly Answer[] | undefined) => Promise<{ readonly result: T; readonly answers: readonly Answer[] }>,
  ): Promise<T> {
    const id = `${step.name}\n${key}`
    const cache = this.#cacheOf(step)
    for (;;) {
      const known = cache?.get(key, this.#now()) ?? (await this.#ofOther(id))
      if (known !== undefined) return (await ask(known)).result
      if (!this.#asking.has(id)) break
    }
    const asked = ask(undefined)
    const shared = asked.then(({ answers }) => answers)
    // Without others that wait nobody else looks at it; its failure is thrown below.
    shared.catch(() => {})
    this.#asking.set(id, shared)
    try {
      const { result, answers } = await asked
      cache?.set(key, answers, this.#now())
      return result
    } finally {
      this.#asking.delete(id)
    }
  }

  /** What another one that is asking is told; undefined when nobody asks, or it failed in its own way. */
  async #ofOther(id: string): Promise<readonly Answer[] | undefined> {
    const other = this.#asking.get(id)
    if (other === undefined) return undefined
    try {
      return await other
    } catch (thrown) {
      if (thrown instanceof SambandError && thrown.retry) throw thrown
      return undefined
    }
  }

  #cacheOf({ name, cache }: CallStep): CallCache | undefined {
    if (cache === undefined) return undefined
    const known = this.#caches.get(name)
    if (known !== undefined) return known
    const made = new CallCache(cache)
    this.#caches.set(name, made)
    return made
  }
}
