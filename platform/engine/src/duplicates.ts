import { numberArray } from './array-literal.ts'
import type { EngineContext } from './engine-context.ts'

type Waiting = {
  readonly hash: number
  readonly resolve: (first: number | undefined) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Finds the first message with the same duplicate key. What came since the start is known in memory (bounded, in two
 * generations); older ones are looked up in the journal, as many at once as arrived during the last look-up.
 */
export class Duplicates {
  readonly #context: EngineContext
  readonly #windowMs: number
  readonly #firstIdOf: (ms: number) => number
  #young = new Map<number, number>()
  #old = new Map<number, number>()
  #waiting: Waiting[] = []
  #asking = false

  constructor(context: EngineContext, windowMs: number, firstIdOf: (ms: number) => number) {
    this.#context = context
    this.#windowMs = windowMs
    this.#firstIdOf = firstIdOf
  }

  /** The earlier message of which `messageId` is a duplicate. */
  async check(hash: number, messageId: number): Promise<number | undefined> {
    const floor = this.#floor()
    const known = this.#young.get(hash) ?? this.#old.get(hash)
    if (known !== undefined && known < messageId && known >= floor) return known
    // Remembered before the look-up, so that a second one arriving meanwhile finds this one.
    if (known === undefined || known > messageId || known < floor) this.#remember(hash, messageId)
    const first = await this.#lookUp(hash)
    return first !== undefined && first < messageId ? first : undefined
  }

  #remember(hash: number, messageId: number): void {
    if (this.#young.size >= this.#context.limits.duplicateKeysInMemoryMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(hash, messageId)
  }

  #lookUp(hash: number): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ hash, resolve, reject })
      if (!this.#asking) void this.#ask()
    })
  }

  async #ask(): Promise<void> {
    this.#asking = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        const { rows } = await this.#context.db.pool.query<{ dedupe: number; first: number }>({
          name: 'duplicates-first',
          text: `select dedupe, min(id) as first from engine.message
                  where tenant = $1 and dedupe = any($2::int8[]) and id >= $3 and verb is null group by dedupe`,
          values: [this.#context.tenant, numberArray(batch.map(({ hash }) => hash)), this.#floor()],
        })
        const first = new Map(rows.map(row => [row.dedupe, row.first]))
        for (const { hash, resolve } of batch) resolve(first.get(hash))
      } catch (thrown) {
        for (const { reject } of batch) reject(thrown)
      }
    }
    this.#asking = false
  }

  #floor(): number {
    return this.#firstIdOf(this.#context.now() - this.#windowMs)
  }
}
