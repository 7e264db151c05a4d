/** Values in nested settings by their path, and the same settings with one of them changed. Nothing is changed in place. */

export type Settings = Readonly<Record<string, unknown>>

/** `{ ... }` as somebody writes it: no list, no date, no instance of a class, no secret reference. */
export function isPlainObject(value: unknown): value is Settings {
  if (typeof value !== 'object' || value === null || Object.getOwnPropertySymbols(value).length > 0) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

export function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    settings,
  )
}

export function withValue(settings: Settings, path: readonly string[], value: unknown): Settings {
  const [first, ...rest] = path
  if (first === undefined) return settings
  const inner = settings[first]
  if (rest.length === 0) return { ...settings, [first]: value }
  if (Array.isArray(inner)) {
    const index = Number(rest[0])
    const changed = inner.map((one: unknown, at) =>
      at === index ? (rest.length === 1 ? value : withValue(isPlainObject(one) ? one : {}, rest.slice(1), value)) : one,
    )
    return { ...settings, [first]: changed }
  }
  return { ...settings, [first]: withValue(isPlainObject(inner) ? inner : {}, rest, value) }
}

/** Every leaf with its path: what is no plain object, and empty ones. */
export function leavesOf(value: unknown, path: readonly string[] = []): { path: readonly string[]; value: unknown }[] {
  if (!isPlainObject(value) || Object.keys(value).length === 0) return [{ path, value }]
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]))
}
