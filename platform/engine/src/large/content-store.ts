import { SambandError } from '@samband/errors'
import { type Database, type DatabaseClient, type KeyRing, toDatabaseError } from '@samband/store'
import type { DayWatch } from '../day-watch.ts'
import type { StoredContent } from './stored-content.ts'

export type ContentStoreOptions = {
  readonly db: Database
  readonly keys: KeyRing
  readonly tenant: number
  readonly nextId: () => number
  /** Lets a transaction write only while this process may; throws when it may not. */
  readonly fence: (client: DatabaseClient) => Promise<void>
  readonly days: Pick<DayWatch, 'repair'>
}

/**
 * The driver reads a part as hexadecimal text, twice its size. Measured for 100 MB through two file routes and HTTP: with
 * parts of 1 MB the process grew by 92 MB at most, most of it such garbage; with these by 52 MB.
 */
const chunkBytes = 256 * 1024
/** `part` is an int2; with parts of this size that is 8 GB. */
const partMax = 32_767

/**
 * Contents that are never whole in memory. They are written to `engine.body` as they come, 256 kB a row, each row sealed by
 * itself and committed by itself, before the message is. The message's own body then has no bytes and names them (see
 * stored-content.ts).
 *
 * A stream that breaks off leaves rows that no message names. Nobody sees them, and they go when retention drops their
 * day; until then they cost what they weigh.
 */
export class ContentStore {
  readonly #options: ContentStoreOptions

  constructor(options: ContentStoreOptions) {
    this.#options = options
  }

  /**
   * Resolves when all of it is on disk. Rejects with what the stream threw, with `message-too-large`, or with what the
   * database said.
   */
  async write(classId: number, stream: AsyncIterable<Uint8Array>, bytesMax: number): Promise<StoredContent> {
    const pack = this.#options.nextId()
    let bytes = 0
    let part = 0
    for await (const chunk of inChunks(stream)) {
      bytes += chunk.length
      if (bytes > bytesMax || part > partMax) throw tooLarge(bytesMax)
      await this.#insert(pack, part, classId, chunk)
      part += 1
    }
    return { pack, bytes }
  }

  /** The contents again, a part at a time. Throws `content-incomplete` where a part is missing: retention dropped it. */
  async *read({ pack, bytes }: StoredContent): AsyncGenerator<Buffer> {
    const { db, keys, tenant } = this.#options
    let read = 0
    for (let part = 0; read < bytes; part += 1) {
      const { rows } = await db.pool
        .query<{ content: Buffer }>({
          name: 'content-part',
          text: 'select content from engine.body where tenant = $1 and id = $2 and part = $3',
          values: [tenant, pack, part],
        })
        .catch((thrown: unknown) => {
          throw toDatabaseError(thrown, 'reading a stored content')
        })
      const content = rows[0]?.content
      if (content === undefined) throw incomplete(pack)
      const plain = await keys.openAsync(pack, content, part)
      read += plain.length
      yield plain
    }
  }

  async #insert(pack: number, part: number, classId: number, plain: Uint8Array): Promise<void> {
    const write = (): Promise<void> =>
      this.#options.db.transaction(async client => {
        await this.#options.fence(client)
        await client.query('insert into engine.body (tenant, id, part, class, content) values ($1, $2, $3, $4, $5)', [
          this.#options.tenant,
          pack,
          part,
          classId,
          this.#options.keys.sealFor(pack, plain, part),
        ])
      })
    try {
      await write()
    } catch (thrown) {
      if (!(await this.#options.days.repair(thrown, [pack]))) throw notStored(thrown)
      await write().catch((again: unknown) => {
        throw notStored(again)
      })
    }
  }
}

/** Pieces of any size become parts of one size; only the last is smaller. A part is gone when the next is asked for. */
async function* inChunks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let held = 0
  for await (const piece of stream) {
    for (let rest = piece; rest.length > 0; ) {
      const taken = rest.subarray(0, chunkBytes - held)
      chunk.set(taken, held)
      held += taken.length
      rest = rest.subarray(taken.length)
      if (held < chunkBytes) continue
      yield chunk
      held = 0
    }
  }
  if (held > 0) yield chunk.subarray(0, held)
}

/** The sender may try again: whatever the database said, it was not about this content. */
function notStored(thrown: unknown): SambandError {
  const error = toDatabaseError(thrown, 'storing a large content')
  return new SambandError({ code: error.code, category: 'unavailable', message: error.message, cause: thrown })
}

function tooLarge(bytesMax: number): SambandError {
  return new SambandError({
    code: 'message-too-large',
    category: 'incorrect',
    message: `larger than ${bytesMax} bytes (limits.largeBytesMax)`,
  })
}

function incomplete(pack: number): SambandError {
  return new SambandError({
    code: 'content-incomplete',
    category: 'fault',
    message: `parts of the stored content ${pack} are missing: older than the retention, or damaged`,
  })
}
