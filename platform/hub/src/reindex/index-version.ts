/**
 * Versions of what `storage/index-rows.ts`, `storage/keys.ts`, `storage/words.ts` and the standard's definitions make of a
 * resource. Whoever changes what is indexed adds a version, and says which parameters would find too little until all
 * resources are indexed again: searches by them are refused until then. All resources are indexed again when a process with
 * a newer version starts.
 */
export const indexVersions: readonly {
  readonly version: number
  /** `Type.code` */
  readonly parameters: readonly string[]
}[] = [{ version: 1, parameters: [] }]

export const indexVersion: number = Math.max(...indexVersions.map(({ version }) => version))

/** What changed since a version. */
export function changedSince(version: number): readonly string[] {
  return indexVersions.filter(each => each.version > version).flatMap(({ parameters }) => parameters)
}
