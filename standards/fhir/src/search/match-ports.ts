import type { ReferenceValue, SearchIndex } from './index-value.ts'

/** What a match may have to ask others. Where a port is absent, or answers `undefined`, the match is unknown. */
export interface MatchPorts {
  /** Now, in milliseconds since 1970 UTC: `ap` on dates is a tenth of the time to the date. */
  readonly nowMs?: number
  /** The resource that a reference leads to, for chains; `null` when there is none. */
  readonly target?: (reference: ReferenceValue) => SearchIndex | null | undefined
  /** The resources of a type that refer to this one by a parameter, for `_has`. */
  readonly referrers?: (resourceType: string, code: string, to: SearchIndex) => readonly SearchIndex[] | undefined
  /** Whether a code is in a value set, for `:in` and `:not-in`. */
  readonly inValueSet?: (system: string | undefined, code: string, valueSetUrl: string) => boolean | undefined
  /** Whether the first code is the second or below it, for `:below` and `:above` on tokens. */
  readonly subsumes?: (
    ancestor: { readonly system: string | undefined; readonly code: string },
    descendant: { readonly system: string | undefined; readonly code: string },
  ) => boolean | undefined
  /** Whether a resource lies below another in a hierarchy, for `:below` and `:above` on references. */
  readonly isBelow?: (
    descendant: ReferenceValue,
    ancestorType: string | undefined,
    ancestorId: string,
  ) => boolean | undefined
  /** Whether a resource is in a list, for `_list`. */
  readonly inList?: (resource: SearchIndex, list: string) => boolean | undefined
  /** Whether words are in the narrative or the content, for `_text` and `_content`. */
  readonly hasWords?: (resource: SearchIndex, scope: 'narrative' | 'content', words: string) => boolean | undefined
  /** The base unit of a quantity, so that searches find what was measured in another unit. */
  readonly ucum?: {
    canonical(value: string, unit: string): { readonly value: string; readonly unit: string } | undefined
  }
}
