/** An object of the instance. */
export type JsonNode = { readonly [key: string]: unknown }

export function isNode(value: unknown): value is JsonNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The entries of a member that may repeat: a single value counts as a list of one, so that a rule sees it too. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

export function textAt(node: JsonNode, key: string): string | undefined {
  const value = node[key]
  return typeof value === 'string' ? value : undefined
}
