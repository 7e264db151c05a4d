import type { Database, KeyRing } from '@samband/store'
import { numberArray } from './array-literal.ts'
import { BodyPack, type BodyPart } from './body-pack.ts'

/** Where the journal says that a body is. */
export type BodyPlace = {
  readonly pack: number
  readonly at: number
  /** Whose body, and which. */
  readonly id: number
  readonly part: BodyPart
}

/** An opened pack serves its neighbours: those who read in order of arrival find it here. */
const cachedPacksMax = 32
const cachedBytesMax = 8 * 1024 * 1024
/** The whole row is the body: stored by a version that sealed each body by itself. */
const wholeRow = -1

type Row = { readonly id: number; readonly part: number; readonly content: Buffer }

/** Reads bodies out of their packs. */
export class BodyReader {
  readonly #db: Database
  readonly #keys: KeyRing
  readonly #tenant: number
  readonly #cache = new Map<number, BodyPack>()
  #cachedBytes = 0

  constructor(db: Database, keys: KeyRing, tenant: number) {
    this.#db = db
    this.#keys = keys
    this.#tenant = tenant
  }

  /**
   * The bodies in these places, same order; undefined where retention has dropped it. Throws SambandError
   * ('sealed-unreadable', 'content-erased', 'pack-damaged').
   */
  async read(places: readonly (BodyPlace | undefined)[]): Promise<readonly (Buffer | undefined)[]> {
    const packs = await this.#packs(places)
    const bodies: (Buffer | undefined)[] = []
    for (const place of places) {
      if (place === undefined) bodies.push(undefined)
      else if (place.at === wholeRow) bodies.push(await this.#whole(place))
      else bodies.push(packs.get(place.pack)?.body(place.at, place.id, place.part))
    }
    return bodies
  }

  async #packs(places: readonly (BodyPlace | undefined)[]): Promise<ReadonlyMap<number, BodyPack>> {
    const found = new Map<number, BodyPack>()
    const missing = new Set<number>()
    for (const place of places) {
      if (place === undefined || place.at === wholeRow) continue
      const cached = this.#cache.get(place.pack)
      if (cached === undefined) missing.add(place.pack)
      else found.set(place.pack, cached)
    }
    for (const { id, content } of await this.#rows([...missing])) {
      const pack = await BodyPack.open(this.#keys, id, content)
      found.set(id, pack)
      this.#keep(id, pack)
    }
    return found
  }

  async #rows(packs: readonly number[]): Promise<readonly Row[]> {
    if (packs.length === 0) return []
    const { rows } = await this.#db.pool.query<Row>({
      name: 'bodies-read',
      text: 'select id, part, content from engine.body where tenant = $1 and id = any($2::int8[]) and part = 0',
      values: [this.#tenant, numberArray(packs)],
    })
    return rows
  }

  async #whole({ pack, id, part }: BodyPlace): Promise<Buffer | undefined> {
    const { rows } = await this.#db.pool.query<Row>(
      'select id, part, content from engine.body where tenant = $1 and id = $2 and part = $3',
      [this.#tenant, pack, part],
    )
    const content = rows[0]?.content
    return content === undefined ? undefined : await this.#keys.openAsync(id, content, part)
  }

  #keep(id: number, pack: BodyPack): void {
    if (pack.bytes > cachedBytesMax / 2) return
    this.#cache.set(id, pack)
    this.#cachedBytes += pack.bytes
    for (const [oldest, dropped] of this.#cache) {
      if (this.#cache.size <= cachedPacksMax && this.#cachedBytes <= cachedBytesMax) break
      this.#cache.delete(oldest)
      this.#cachedBytes -= dropped.bytes
    }
  }
}
