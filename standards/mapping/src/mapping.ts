import type { Message } from '@samband/hl7v2'
import type { RefusedRow } from './compile/compiled-map.ts'
import { guideMaps } from './maps/guide-maps.ts'
import type { MapPatch } from './maps/map-patch.ts'
import { patchMaps } from './maps/map-patch.ts'
import type { MapSet } from './maps/map-row.ts'
import { OWN_PATCHES, rewriteGuide } from './maps/own-patches.ts'
import type { MappingSettings } from './run/settings.ts'
import type { ToFhirResult } from './to-fhir.ts'
import { CompiledMaps, mapToFhir } from './to-fhir.ts'

/** The maps, ready to run. It holds no state of messages: one may serve all routes. */
export class Mapping {
  readonly maps: MapSet
  private readonly compiled: CompiledMaps

  constructor(maps: MapSet) {
    this.maps = maps
    this.compiled = new CompiledMaps(maps)
  }

  /** Another mapping with rows of its own, for a sender that needs it; this one stays as it is. */
  extend(...patches: readonly MapPatch[]): Mapping {
    return new Mapping(patches.reduce(patchMaps, this.maps))
  }

  toFhir(message: Message, settings: MappingSettings = {}): ToFhirResult {
    return mapToFhir(this.compiled, message, settings)
  }

  /** Rows that cannot be used, with the reason: for those who write patches. Compiles every map. */
  refusedRows(): readonly RefusedRow[] {
    const all = new CompiledMaps(this.maps)
    all.compiler.all()
    for (const name of this.maps.messages.keys()) all.message(name)
    return all.compiler.refused
  }
}

let standard: Mapping | undefined

/** The guide's maps with this package's repairs and additions; made once. */
export function standardMapping(): Mapping {
  standard ??= new Mapping(OWN_PATCHES.reduce(patchMaps, rewriteGuide(guideMaps())))
  return standard
}

/** Maps a message by the standard mapping. */
export function toFhir(message: Message, settings: MappingSettings = {}): ToFhirResult {
  return standardMapping().toFhir(message, settings)
}
