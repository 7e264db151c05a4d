import type { ConceptTable, ElementMap, MapRow, MapSet, MappedCode, MessageMap, MessageMapRow } from './map-row.ts'
import { mapKey } from './map-row.ts'

/** Rows by source; they replace those that the map had for it, and null takes them away. */
export type ElementPatch = Readonly<Record<string, readonly MapRow[] | null>>

export interface MessagePatch {
  readonly structure?: string
  /** Rows by place; they replace those that the map had there, and null takes them away. */
  readonly at?: Readonly<Record<string, readonly Omit<MessageMapRow, 'at'>[] | null>>
  /** A map whose structure and rows are the beginning: `ADT_A01`. */
  readonly like?: string
}

export interface ConceptPatch {
  readonly table?: string
  readonly codes: Readonly<Record<string, MappedCode | null>>
}

/**
 * What a route, a deployment or this package itself changes in the maps, in their own form. Maps that are not there yet are added.
 *
 *   { segments: { 'PID[Patient]': { 'PID-19': null } } }
 */
export interface MapPatch {
  readonly messages?: Readonly<Record<string, MessagePatch>>
  readonly segments?: Readonly<Record<string, ElementPatch>>
  readonly dataTypes?: Readonly<Record<string, ElementPatch>>
  readonly concepts?: Readonly<Record<string, ConceptPatch>>
}

export function patchMaps(maps: MapSet, patch: MapPatch): MapSet {
  return {
    messages: patched(
      maps.messages,
      patch.messages,
      name => name,
      (old, change) => patchMessage(maps, old, change),
    ),
    segments: patched(maps.segments, patch.segments, mapKey, patchElements),
    dataTypes: patched(maps.dataTypes, patch.dataTypes, mapKey, patchElements),
    concepts: patched(maps.concepts, patch.concepts, mapKey, patchConcepts),
  }
}

function patched<T, P>(
  maps: ReadonlyMap<string, T>,
  changes: Readonly<Record<string, P>> | undefined,
  keyOf: (name: string) => string,
  change: (old: T | undefined, patch: P) => T,
): ReadonlyMap<string, T> {
  if (changes === undefined) return maps
  const result = new Map(maps)
  for (const [name, patch] of Object.entries(changes)) result.set(keyOf(name), change(result.get(keyOf(name)), patch))
  return result
}

function patchElements(old: ElementMap | undefined, patch: ElementPatch): ElementMap {
  const rows = new Map(old)
  for (const [source, change] of Object.entries(patch)) {
    if (change === null) rows.delete(source)
    else rows.set(source, change)
  }
  return rows
}

function patchMessage(maps: MapSet, old: MessageMap | undefined, patch: MessagePatch): MessageMap {
  const base = patch.like === undefined ? old : maps.messages.get(patch.like)
  let rows = base?.rows ?? []
  for (const [at, change] of Object.entries(patch.at ?? {})) {
    const place = rows.findIndex(row => row.at === at)
    const kept = rows.filter(row => row.at !== at)
    const added = (change ?? []).map(row => ({ ...row, at }))
    rows = place < 0 ? [...kept, ...added] : [...kept.slice(0, place), ...added, ...kept.slice(place)]
  }
  return { structure: patch.structure ?? base?.structure ?? '', rows }
}

function patchConcepts(old: ConceptTable | undefined, patch: ConceptPatch): ConceptTable {
  const codes = new Map(old?.codes)
  for (const [code, to] of Object.entries(patch.codes)) {
    if (to === null) codes.delete(code)
    else codes.set(code, to)
  }
  return { table: patch.table ?? old?.table ?? '', codes }
}
