import { formatJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import type { IndexRows } from '../storage/index-rows.ts'
import type { ChangeMethod, ResourceName, StoredResource } from '../storage/stored.ts'
import type { VersionWrite } from '../storage/write-rows.ts'

export type RowlessWrite = Omit<VersionWrite, 'rows'>

/**
 * A resource as it will be stored, but for its version: its text and its index rows are made once, before the transaction
 * that finds out which version it becomes, so that row locks are not held while they are.
 */
export class PreparedResource implements ResourceName {
  readonly type: string
  readonly id: string
  /** With its id, and without `meta.versionId` and `meta.lastUpdated`. */
  readonly resource: JsonObject
  readonly #context: HubContext
  readonly #meta: JsonObject
  #rest: string | undefined
  #rows: IndexRows | undefined

  /** What the client says of id, version and time is passed over. */
  constructor(context: HubContext, { type, id }: ResourceName, resource: JsonObject) {
    this.#context = context
    this.type = type
    this.id = id
    const { resourceType: _type, id: _id, meta, ...rest } = resource
    const { versionId: _version, lastUpdated: _at, ...own } = isJsonObject(meta) ? meta : {}
    this.#meta = own
    this.resource = { resourceType: type, id, ...(Object.keys(own).length === 0 ? {} : { meta: own }), ...rest }
  }

  /** Text and rows are made at once: for what is prepared outside a transaction. */
  prepare(): this {
    this.#rest = this.#restText()
    this.#rows = this.#context.indexer.rows(this.resource)
    return this
  }

  content(version: number, at: number): string {
    this.#rest ??= this.#restText()
    const meta = formatJson({ ...this.#meta, versionId: String(version), lastUpdated: new Date(at).toISOString() })
    // Type and id are of letters, digits, `-` and `.` only.
    return `{"resourceType":"${this.type}","id":"${this.id}","meta":${meta}${this.#rest}`
  }

  /** What finds it: made before, or now. */
  rows(): IndexRows {
    return this.#rows ?? this.#context.indexer.rows(this.resource)
  }

  /** Without its index rows, which are large: `rows()` is for when they are written. */
  write(method: ChangeMethod, row: Pick<VersionWrite, 'exists' | 'rid' | 'version' | 'at'>): RowlessWrite {
    const { type, id } = this
    return {
      ...row,
      method,
      type,
      id,
      key: this.#context.store.keys.resource(type, id),
      content: this.content(row.version, row.at),
    }
  }

  /** Whether a version says the same, whatever the order of its members. */
  isSameAs({ content, version, at }: StoredResource): boolean {
    if (content === undefined) return false
    const own = this.content(version, at)
    if (own === content) return true
    return own.length === content.length && sortedText(own) === sortedText(content)
  }

  /** After `{"resourceType":…,"id":…,"meta":…`. */
  #restText(): string {
    const { resourceType: _type, id: _id, meta: _meta, ...rest } = this.resource
    const text = formatJson(rest)
    return text === '{}' ? '}' : `,${text.slice(1)}`
  }
}

/** Decimals as they are written: `1.10` and `1.1` are not the same. */
function sortedText(json: string): string {
  const read = JSON.parse(json, (_key, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value === 'number') return `number ${context?.source ?? value}`
    if (!isJsonObject(value)) return value
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
  return JSON.stringify(read)
}
