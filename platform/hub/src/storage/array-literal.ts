/**
 * PostgreSQL array literals for `unnest`: one parameter per column for a whole batch. The driver's own serialisation quotes
 * every element, which costs more than the insert of an integer column.
 */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map(value => (value === null ? 'NULL' : value)).join(',')}}`
}

export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map(quoted).join(',')}}`
}

const needsEscape = /["\\\0]/

function quoted(value: string | null): string {
  if (value === null) return 'NULL'
  // PostgreSQL text cannot hold U+0000; content has it escaped, what is searched for does without.
  if (needsEscape.test(value)) return `"${value.replaceAll('\0', '').replaceAll(/["\\]/g, '\\$&')}"`
  return `"${value}"`
}
