/** Differences of two JSON values, a line each: `~ entry[0].resource.id  "a" → "b"`. Empty where they are equal. */
export function jsonChanges(before: unknown, after: unknown, path = ''): string[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length)
    return Array.from({ length }, (_, at) => member(before, after, at, `${path}[${at}]`)).flat()
  }
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap(key => member(before, after, key, path === '' ? key : `${path}.${key}`))
  }
  return Object.is(before, after) ? [] : [`~ ${path === '' ? '(all)' : path}  ${shown(before)} → ${shown(after)}`]
}

function member(before: object, after: object, key: string | number, path: string): string[] {
  const a: unknown = Reflect.get(before, key)
  const b: unknown = Reflect.get(after, key)
  if (a === undefined && b === undefined) return []
  if (a === undefined) return [`+ ${path}  ${shown(b)}`]
  if (b === undefined) return [`- ${path}  ${shown(a)}`]
  return jsonChanges(a, b, path)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const charactersMax = 120

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`
}
