import type { StructureDefinition } from './structure-definition.ts'

/** The address that the definitions of the standard's own types begin with. */
export const FHIR_STRUCTURE_BASE = 'http://hl7.org/fhir/StructureDefinition/'

/** Whoever knows definitions: the standard, a package, a server's own. */
export interface DefinitionSource {
  /** The definition with this canonical address; `|version` picks that version. Nothing where it is not known. */
  structure(canonical: string): StructureDefinition | undefined
}

/** The first source that knows an address answers. */
export function firstKnown(sources: readonly DefinitionSource[]): DefinitionSource {
  return {
    structure: canonical => {
      for (const source of sources) {
        const found = source.structure(canonical)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
}

/** A canonical address apart from its version. */
export function splitCanonical(canonical: string): { readonly url: string; readonly version: string | undefined } {
  const bar = canonical.indexOf('|')
  return bar === -1
    ? { url: canonical, version: undefined }
    : { url: canonical.slice(0, bar), version: canonical.slice(bar + 1) }
}

/** Whether a version that was asked for is met: `4.0` asks for any `4.0.x`, and nothing asks for any. */
export function versionMatches(asked: string | undefined, version: string | undefined): boolean {
  return asked === undefined || version === undefined || version === asked || version.startsWith(`${asked}.`)
}
