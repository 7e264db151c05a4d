/** What the storage gives out and takes in. Content is JSON as text: parsing it is for those who must look inside. */

export type ChangeMethod = 'create' | 'update' | 'delete'

export type ResourceName = { readonly type: string; readonly id: string }

/** One version of a resource. */
export type StoredVersion = ResourceName & {
  readonly version: number
  /** `meta.lastUpdated`, milliseconds since 1970. */
  readonly at: number
  /** With `id`, `meta.versionId` and `meta.lastUpdated` set; undefined where this version is a deletion. */
  readonly content: string | undefined
}

/** The current version, with what the indexes know it by. */
export type StoredResource = StoredVersion & { readonly rid: number }

/** One committed change, as followers of the feed see it. */
export type Change = ResourceName & {
  /** Larger than that of every change committed before. */
  readonly seq: number
  readonly version: number
  readonly at: number
  readonly method: ChangeMethod
}

/** What one write did. */
export type WriteResult = StoredVersion & {
  readonly method: ChangeMethod
  /** False when the content was already as asked for: nothing was written, no version was made. */
  readonly changed: boolean
}
