/**
 * PostgreSQL array literals for `unnest`: one parameter per column for a whole batch. Measured: the driver's own array
 * serialisation quotes every element, which costs more than the insert of an integer column.
 */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map(value => (value === null ? 'NULL' : value)).join(',')}}`
}

export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map(quoted).join(',')}}`
}

const needsEscape = /["\\\0]/

function quoted(value: string | null): string {
  if (value === null) return 'NULL'
  // PostgreSQL text cannot hold U+0000; it only ever comes from hostile headers.
  if (needsEscape.test(value)) return `"${value.replaceAll('\0', '').replaceAll(/["\\]/g, '\\$&')}"`
  return `"${value}"`
}
