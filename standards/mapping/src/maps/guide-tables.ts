/** Source, condition, target, data type map, vocabulary map, assignment, type of the target. */
export type GuideElementRow = readonly [string, string, string, string, string, string, string]
/** Place in the structure, condition, target, segment map, references. */
export type GuideMessageRow = readonly [string, string, string, string, string]
/** Code, code in FHIR, its display, its system. */
export type GuideConceptRow = readonly [string, string, string, string]

export type GuideElements = Readonly<Record<string, readonly GuideElementRow[]>>
export type GuideMessages = Readonly<
  Record<string, { readonly structure: string; readonly rows: readonly GuideMessageRow[] }>
>
export type GuideConcepts = Readonly<
  Record<string, { readonly table: string; readonly rows: readonly GuideConceptRow[] }>
>
