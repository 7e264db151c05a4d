/**
 * Bodies at rest: AES-256-GCM with a data key per tenant and month, wrapped by the master key. Erasing a month's key
 * erases the content of that month, in the database and in every backup of it.
 *
 * The month key is never used directly: each UTC day has its own key, derived from it (HKDF-SHA-256). GCM with random
 * nonces is good for 2^32 messages a key (NIST SP 800-38D §8.3); at 10,000/s a month would be 2.6e10, a day is 8.6e8.
 *
 * A month in memory is in one of three states: *absent* (not loaded) -> *open* (its key was loaded or created) ->
 * *erased* (final; a row without a key stays, so that no process creates a new one).
 */
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { SambandError } from '@samband/errors'
import { type BlindIndex, createBlindIndex } from './blind-index.ts'
import type { Database } from './database.ts'
import { timeOfId } from './ids.ts'
import type { MasterKey } from './master-key.ts'
import { migrate } from './migrate.ts'
import { createNoncePool } from './nonce-pool.ts'
import { seal, unseal } from './sealed.ts'
import { storeMigrations } from './store-migrations.ts'

/** yyyymm in UTC: 202611. */
export type Month = number

export interface KeyRing {
  readonly tenant: number
  readonly blindIndex: BlindIndex
  /**
   * Loads or creates the keys of these months, so that `sealFor` and `open` find them. Call it at the start and once
   * a day for this month and the next (`monthOf`).
   */
  prepare(months: readonly Month[]): Promise<void>
  /**
   * Seals a body under the id that it is stored with. `part` tells apart several bodies of one id.
   *
   * @throws SambandError `data-key-not-loaded`, `content-erased`
   */
  sealFor(id: number, plain: Uint8Array, part?: number): Buffer
  /** @throws SambandError `data-key-not-loaded`, `content-erased`, `sealed-unreadable` */
  open(id: number, sealed: Uint8Array, part?: number): Buffer
  /** Like `open`; loads the key of that month when needed. */
  openAsync(id: number, sealed: Uint8Array, part?: number): Promise<Buffer>
  /**
   * Erases the key of a month, and with it the content. Final. Other processes forget the key at their next
   * `refresh`. True when there was a key.
   */
  erase(month: Month): Promise<boolean>
  /** Forgets the keys that another process erased; call it as often as erasure must take effect everywhere. */
  refresh(): Promise<void>
}

export type KeyRingOptions = { readonly db: Database; readonly masterKey: MasterKey; readonly tenant: number }

export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  await migrate(options.db, { schema: 'store', migrations: storeMigrations })
  return new OpenKeyRing(options)
}

/** The month of an epoch time, and `ahead` months later. */
export function monthOf(ms: number, ahead = 0): Month {
  const date = new Date(ms)
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + ahead
  return Math.floor(months / 12) * 100 + (months % 12) + 1
}

const dayMs = 86_400_000
/** The wrapped key is sealed in the same form as a body, in a place that no body has. */
const wrapPart = 0xffffffff

type MonthKey = { readonly state: 'open'; readonly key: Buffer } | { readonly state: 'erased' }
type DataKeyRow = { month: Month; master_key: string; wrapped: Buffer | null }

class OpenKeyRing implements KeyRing {
  readonly tenant: number
  readonly blindIndex: BlindIndex
  readonly #db: Database
  readonly #masterKey: MasterKey
  readonly #wrappingKey: KeyObject
  readonly #nonce = createNoncePool()
  readonly #months = new Map<Month, MonthKey>()
  readonly #days = new Map<number, KeyObject>()

  constructor({ db, masterKey, tenant }: KeyRingOptions) {
    this.tenant = tenant
    this.blindIndex = createBlindIndex(masterKey, tenant)
    this.#db = db
    this.#masterKey = masterKey
    this.#wrappingKey = createSecretKey(masterKey.derive('data-key', tenant))
  }

  async prepare(months: readonly Month[]): Promise<void> {
    for (const month of months) {
      if (!this.#months.has(month)) this.#adopt((await this.#load(month)) ?? (await this.#create(month)))
    }
  }

  sealFor(id: number, plain: Uint8Array, part = 0): Buffer {
    return seal(this.#keyOfId(id), this.#nonce(), { tenant: this.tenant, id, part }, plain)
  }

  open(id: number, sealed: Uint8Array, part = 0): Buffer {
    return unseal(this.#keyOfId(id), { tenant: this.tenant, id, part }, sealed)
  }

  async openAsync(id: number, sealed: Uint8Array, part = 0): Promise<Buffer> {
    const month = monthOf(timeOfId(id))
    if (!this.#months.has(month)) {
      const row = await this.#load(month)
      if (row === undefined) throw notLoaded(month)
      this.#adopt(row)
    }
    return this.open(id, sealed, part)
  }

  async erase(month: Month): Promise<boolean> {
    const { rowCount } = await this.#db.pool.query(
      `update store.data_key set wrapped = null, erased_at = now()
        where tenant = $1 and month = $2 and wrapped is not null`,
      [this.tenant, month],
    )
    await this.refresh()
    return rowCount === 1
  }

  async refresh(): Promise<void> {
    const { rows } = await this.#db.pool.query<{ month: Month }>(
      'select month from store.data_key where tenant = $1 and wrapped is null',
      [this.tenant],
    )
    for (const { month } of rows) this.#forget(month)
  }

  #keyOfId(id: number): KeyObject {
    const ms = timeOfId(id)
    const day = Math.floor(ms / dayMs)
    return this.#days.get(day) ?? this.#deriveDay(day, monthOf(ms))
  }

  #deriveDay(day: number, month: Month): KeyObject {
    const monthKey = this.#months.get(month)
    if (monthKey === undefined) throw notLoaded(month)
    if (monthKey.state === 'erased') throw erased(month)
    const derived = hkdfSync('sha256', monthKey.key, Buffer.alloc(0), `samband/day/${day}`, 32)
    const key = createSecretKey(Buffer.from(derived))
    this.#days.set(day, key)
    return key
  }

  async #load(month: Month): Promise<DataKeyRow | undefined> {
    const { rows } = await this.#db.pool.query<DataKeyRow>(
      'select month, master_key, wrapped from store.data_key where tenant = $1 and month = $2',
      [this.tenant, month],
    )
    return rows[0]
  }

  /** Two processes may create the same month: the row that is there first counts. */
  async #create(month: Month): Promise<DataKeyRow> {
    const wrapped = seal(this.#wrappingKey, this.#nonce(), this.#wrapPlace(month), randomBytes(32))
    await this.#db.pool.query(
      `insert into store.data_key (tenant, month, master_key, wrapped) values ($1, $2, $3, $4)
       on conflict (tenant, month) do nothing`,
      [this.tenant, month, this.#masterKey.fingerprint, wrapped],
    )
    const row = await this.#load(month)
    if (row === undefined) throw notLoaded(month)
    return row
  }

  #adopt({ month, master_key, wrapped }: DataKeyRow): void {
    if (wrapped === null) return this.#forget(month)
    if (master_key !== this.#masterKey.fingerprint) {
      throw new SambandError({
        code: 'master-key-wrong',
        category: 'conflict',
        message: `the data was stored with master key ${master_key}, ${this.#masterKey.source} holds ${this.#masterKey.fingerprint}: restore the key file, or set SAMBAND_MASTER_KEY`,
      })
    }
    this.#months.set(month, { state: 'open', key: unseal(this.#wrappingKey, this.#wrapPlace(month), wrapped) })
  }

  #forget(month: Month): void {
    const known = this.#months.get(month)
    if (known?.state === 'open') known.key.fill(0)
    this.#months.set(month, { state: 'erased' })
    for (const day of this.#days.keys()) if (monthOf(day * dayMs) === month) this.#days.delete(day)
  }

  #wrapPlace(month: Month): { tenant: number; id: number; part: number } {
    return { tenant: this.tenant, id: month, part: wrapPart }
  }
}

function notLoaded(month: Month): SambandError {
  return new SambandError({
    code: 'data-key-not-loaded',
    category: 'not-found',
    message: `there is no data key of ${month} in memory: call prepare([${month}]) or openAsync`,
  })
}

function erased(month: Month): SambandError {
  return new SambandError({
    code: 'content-erased',
    category: 'not-found',
    message: `the content of ${month} was erased`,
  })
}
