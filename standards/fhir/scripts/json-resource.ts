/** A resource as read from the source: the generator looks only at what it knows, so that a plain record is enough. */
export type JsonObject = { readonly [key: string]: unknown }

export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The text of a member that the source always has. Throws where it does not: the source is not what the generator was made for. */
export function textOf(resource: JsonObject, key: string): string {
  const value = resource[key]
  if (typeof value !== 'string') throw new Error(`${String(resource['url'] ?? resource['id'])} has no ${key}`)
  return value
}

/** A copy with the named members only, in this order, without those that are absent. */
export function pick(resource: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter(key => resource[key] !== undefined).map(key => [key, resource[key]]))
}
