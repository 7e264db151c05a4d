/**
 * Parameters whose values are those of others together (FHIR R4 observation.html#search): with rows of their own each
 * quantity of an Observation would stand in the tables twice, 1.2 kB a result where 0.6 do.
 */
const united: Readonly<Record<string, readonly string[]>> = {
  'Observation.combo-value-quantity': ['value-quantity', 'component-value-quantity'],
  'Observation.combo-code-value-quantity': ['code-value-quantity', 'component-code-value-quantity'],
}

/** Under which parameters the quantities of one are kept: mostly its own. */
export function quantityParameters(type: string, code: string): readonly string[] {
  return united[`${type}.${code}`] ?? [code]
}

/** Whether others have its quantities. */
export function isUnited(type: string, code: string): boolean {
  return Object.hasOwn(united, `${type}.${code}`)
}
