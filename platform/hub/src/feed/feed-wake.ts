import type { DatabaseClient } from '@samband/store'
import type { HubLog } from '../ports.ts'
import type { HubStore } from '../storage/hub-store.ts'
import type { FeedLimits } from './limits.ts'

const channel = 'samband_hub_change'

export type FeedWakeOptions = {
  readonly store: HubStore
  readonly limits: FeedLimits
  readonly log: HubLog
  /** Each time a connection has been made, before anything is listened for. */
  readonly onConnected?: (client: DatabaseClient) => Promise<void>
}

/**
 * Wakes what waits for changes: at once for those of this process, through LISTEN/NOTIFY for those of others. A notification
 * carries the types that changed and is a hint only: what is lost is found at the next poll.
 *
 * Notifications are statements of their own, sent after commits and at most one each `feedNotifyMs`: a NOTIFY within a
 * transaction makes all commits of the database server that notify go one by one (docs/adr/0023).
 */
export class FeedWake {
  readonly #options: FeedWakeOptions
  readonly #waiting = new Set<(types: ReadonlySet<string> | 'any') => void>()
  readonly #toTell = new Set<string>()
  readonly #stop: () => void
  #telling: NodeJS.Timeout | undefined
  #toldAt = 0
  #client: DatabaseClient | undefined
  #closed = false
  #retry: NodeJS.Timeout | undefined

  private constructor(options: FeedWakeOptions) {
    this.#options = options
    this.#stop = options.store.commits.listen(types => this.#committed(types))
  }

  /** Throws what the first connection failed with; later ones are made again and again. */
  static async open(options: FeedWakeOptions): Promise<FeedWake> {
    const wake = new FeedWake(options)
    try {
      await wake.#connect()
    } catch (thrown) {
      await wake.close()
      throw thrown
    }
    return wake
  }

  /** Listens for changes; 'any' when some may have been missed. Answers how to stop. */
  listen(listener: (types: ReadonlySet<string> | 'any') => void): () => void {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  /** The same for what is no resource: a name that begins with $. */
  tell(name: string): void {
    this.#committed(new Set([name]))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stop()
    clearTimeout(this.#telling)
    clearTimeout(this.#retry)
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) await ended(client)
  }

  #committed(types: ReadonlySet<string>): void {
    this.#wake(types)
    for (const type of types) this.#toTell.add(type)
    if (this.#telling !== undefined) return
    const wait = Math.max(0, this.#toldAt + this.#options.limits.feedNotifyMs - performance.now())
    this.#telling = setTimeout(() => this.#tell(), wait)
    this.#telling.unref()
  }

  #tell(): void {
    this.#telling = undefined
    this.#toldAt = performance.now()
    const client = this.#client
    if (client === undefined) return
    const { store } = this.#options
    const payload = `${store.tenant} ${store.node} ${[...this.#toTell].join(' ')}`
    this.#toTell.clear()
    // A failure is that of the connection, which is made again; the others' poll finds what they were not told.
    client.query({ name: 'hub-notify', text: `select pg_notify('${channel}', $1)`, values: [payload] }).catch(() => {})
  }

  #wake(types: ReadonlySet<string> | 'any'): void {
    for (const waiting of this.#waiting) waiting(types)
  }

  async #connect(): Promise<void> {
    const { store, onConnected } = this.#options
    const client = await store.db.dedicated('hub-feed')
    client.on('notification', ({ payload = '' }) => this.#notified(payload))
    client.once('end', () => this.#lost(client))
    await onConnected?.(client)
    await client.query(`listen ${channel}`)
    if (this.#closed) {
      await ended(client)
      return
    }
    this.#client = client
    this.#wake('any')
  }

  #notified(payload: string): void {
    const { store } = this.#options
    const [tenant, node, ...types] = payload.split(' ')
    if (tenant === String(store.tenant) && node !== String(store.node)) this.#wake(new Set(types))
  }

  #lost(client: DatabaseClient): void {
    const { store, limits, log } = this.#options
    if (this.#client === client) this.#client = undefined
    if (this.#closed || store.db.pool.ending) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      if (this.#closed || store.db.pool.ending) return
      this.#connect().catch(() => {
        log.warn('hub-feed-disconnected')
        this.#lost(client)
      })
    }, limits.feedPollMs)
    this.#retry.unref()
  }
}

async function ended(client: DatabaseClient): Promise<void> {
  await client.end().catch(() => {
    // A lost connection cannot be ended politely.
  })
}
