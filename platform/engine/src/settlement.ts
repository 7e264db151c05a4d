import { SambandError, toSambandError } from '@samband/errors'
import { databaseErrorCode, type Queryable, toDatabaseError } from '@samband/store'
import type { EngineContext } from './engine-context.ts'
import type { EventRow } from './event-log.ts'
import { storedIds, writeRows } from './journal-writer.ts'
import type { DestinationHandle, Outgoing, Reply } from './ports.ts'

export type SettlingDeliveryOptions = {
  readonly context: Pick<EngineContext, 'db' | 'keys' | 'tenant' | 'ids' | 'limits' | 'fence' | 'days' | 'log'>
  readonly sendWithin: NonNullable<DestinationHandle['sendWithin']>
  readonly outgoing: Outgoing
  /** The event that says that it is delivered. */
  readonly eventOf: (id: number, reply: Reply) => EventRow
  /** The destination is closed: nobody waits for the answer any longer, and the journal decides. */
  readonly isClosed: () => boolean
}

/** 'de' in ASCII, the class of advisory locks that are held while a delivery is being settled (see membership/fence.ts). */
const settlementClass = 0x6465n
const idMask = (1n << 48n) - 1n
const askAgainMs = 200

/**
 * One attempt of a delivery that is settled in the transaction that carries it out.
 *
 * *Begun* (in the transaction: this process may write, until the transaction ends) -> *settled* (the event is written) ->
 * committed, or back to *begun* when the destination runs its transaction again. One id for the event, however often that
 * is. A process that others take for dead is ended by them before they look into the journal, because `begin` made its
 * session one of those that a taker ends.
 *
 * When the destination fails after *settled*, it is not known whether the commit came to pass: the database is asked, which
 * first waits for that transaction's end. So a failure that is told to the queue is one, and what comes after is no repetition.
 *
 * @throws SambandError as `send` does
 */
export async function deliverWithin(options: SettlingDeliveryOptions): Promise<Reply> {
  const { context, sendWithin, outgoing } = options
  const attempt = new SettlingAttempt(options)
  for (let repaired = false; ; repaired = true) {
    try {
      const reply = await sendWithin(outgoing, attempt)
      if (!attempt.settled) throw notSettled()
      return reply
    } catch (thrown) {
      const settled = await attempt.settledAfterAll()
      if (settled !== undefined) return settled
      if (repaired || !(await madeRoom(context, attempt))) throw failureOf(thrown)
    }
  }
}

async function madeRoom({ days }: SettlingDeliveryOptions['context'], attempt: SettlingAttempt): Promise<boolean> {
  try {
    return await days.repair(attempt.failure, [attempt.id])
  } catch (thrown) {
    throw toDatabaseError(thrown, 'making room for a settlement')
  }
}

class SettlingAttempt {
  readonly id: number
  settled = false
  /** What writing the event failed with. */
  failure: unknown
  readonly #options: SettlingDeliveryOptions
  #begunOn: Queryable | undefined
  #reply: Reply | undefined

  constructor(options: SettlingDeliveryOptions) {
    this.#options = options
    this.id = options.context.ids.next()
  }

  readonly begin = async (client: Queryable): Promise<void> => {
    this.settled = false
    this.#begunOn = undefined
    await this.#options.context.fence(client)
    await client.query('select pg_advisory_xact_lock($1::int8)', [this.#lock])
    this.#begunOn = client
  }

  readonly settle = async (client: Queryable, reply: Reply): Promise<void> => {
    if (this.#begunOn !== client) throw notBegun()
    const { context, eventOf } = this.#options
    const { keys, tenant, limits } = context
    try {
      const event = { ...eventOf(this.id, reply), table: 'event' as const }
      await writeRows(client, keys, tenant, limits.packBytesMax, [event])
    } catch (thrown) {
      this.failure = thrown
      throw thrown
    }
    this.#reply = reply
    this.settled = true
  }

  /** The reply that was settled with, where it turns out to be in the journal. */
  async settledAfterAll(): Promise<Reply | undefined> {
    const reply = this.#reply
    if (reply === undefined) return undefined
    for (;;) {
      try {
        return (await this.#isStored()) ? reply : undefined
      } catch (thrown) {
        const { code } = toSambandError(thrown)
        this.#options.context.log.warn('settlement-unknown', { event: this.id, code })
      }
      // Nothing may be said of it any more: who has the lane next finds it in the journal, or not.
      if (this.#options.isClosed()) await new Promise(() => {})
      await new Promise(resolve => setTimeout(resolve, askAgainMs).unref())
    }
  }

  async #isStored(): Promise<boolean> {
    const { context, eventOf } = this.#options
    const { db, tenant } = context
    return await db.transaction(async client => {
      await client.query('select pg_advisory_xact_lock($1::int8)', [this.#lock])
      const stored = await storedIds(client, tenant, [{ ...eventOf(this.id, {}), table: 'event' }])
      return stored.has(this.id)
    })
  }

  get #lock(): string {
    return String((settlementClass << 48n) | (BigInt(this.id) & idMask))
  }
}

/** A deposed process has no say about the message: it is not its fault, and nothing of it is a dead letter. */
function failureOf(thrown: unknown): unknown {
  if (thrown instanceof SambandError) {
    if (thrown.code !== 'engine-deposed') return thrown
    return new SambandError({ code: thrown.code, category: 'unavailable', message: thrown.message, cause: thrown })
  }
  const ofDatabase = toDatabaseError(thrown, 'delivering within it')
  return databaseErrorCode(thrown) !== undefined || ofDatabase.category !== 'fault' ? ofDatabase : thrown
}

function notBegun(): SambandError {
  return bug('settlement-not-begun', 'the destination settles in a transaction that it has not begun')
}

function notSettled(): SambandError {
  return bug('delivery-not-settled', 'the destination has not settled the delivery in its transaction')
}

function bug(code: string, message: string): SambandError {
  return new SambandError({ code, category: 'fault', message })
}
