/** A Bundle as a multiset of what its resources say: type, path and value, without ids, order and what references are called. */
export function triplesOf(resources: readonly Record<string, unknown>[]): Map<string, number> {
  const triples = new Map<string, number>()
  for (const resource of resources) {
    const type = String(resource['resourceType'])
    for (const [name, value] of Object.entries(resource)) {
      if (name !== 'resourceType' && name !== 'id') walk(`${type}.${name}`, value, triples)
    }
  }
  return triples
}

function walk(path: string, value: unknown, triples: Map<string, number>): void {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) walk(path, item, triples)
    return
  }
  if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) if (name !== 'id') walk(`${path}.${name}`, item, triples)
    return
  }
  const key = `${path} = ${path.endsWith('.reference') ? 'a resource' : String(value)}`
  triples.set(key, (triples.get(key) ?? 0) + 1)
}

export interface Score {
  readonly expected: number
  readonly made: number
  readonly common: number
}

/** How many triples two Bundles have in common, each counted as often as both have it. */
export function compareTriples(expected: Map<string, number>, made: Map<string, number>): Score {
  let common = 0
  for (const [key, count] of expected) common += Math.min(count, made.get(key) ?? 0)
  return { expected: total(expected), made: total(made), common }
}

function total(triples: Map<string, number>): number {
  let sum = 0
  for (const count of triples.values()) sum += count
  return sum
}

export function precision({ made, common }: Score): number {
  return made === 0 ? 1 : common / made
}

export function recall({ expected, common }: Score): number {
  return expected === 0 ? 1 : common / expected
}
