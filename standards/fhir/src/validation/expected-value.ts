import { isNode } from './json-node.ts'

/** Whether a value is exactly the fixed one: no member more or less (FHIR R4 elementdefinition.html, fixed[x]). */
export function equalsFixed(value: unknown, fixed: unknown): boolean {
  if (Array.isArray(fixed)) {
    return (
      Array.isArray(value) &&
      value.length === fixed.length &&
      fixed.every((entry, index) => equalsFixed(value[index], entry))
    )
  }
  if (!isNode(fixed)) return value === fixed
  if (!isNode(value)) return false
  const keys = Object.keys(fixed)
  return keys.length === Object.keys(value).length && keys.every(key => equalsFixed(value[key], fixed[key]))
}

/** Whether a value has at least what the pattern has; of a list, each entry of the pattern is met by some entry (pattern[x]). */
export function meetsPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every(wanted => value.some(entry => meetsPattern(entry, wanted)))
  }
  if (!isNode(pattern)) return value === pattern
  return isNode(value) && Object.keys(pattern).every(key => meetsPattern(value[key], pattern[key]))
}
