import type { ConfigParser } from '@samband/engine'
import type { z } from 'zod'
import { nearest } from '@samband/errors'

type ZodIssue = z.core.$ZodIssue

/** The endpoint's configuration through its schema: every problem at once, unknown keys by name with the nearest known. */
export function configParser<Config>(schema: z.ZodType<Config>): ConfigParser<Config> {
  return input => {
    const result = schema.safeParse(input)
    if (result.success) return { ok: true, config: result.data }
    return { ok: false, issues: result.error.issues.flatMap(issue => describeIssue(issue, schema)) }
  }
}

function describeIssue(issue: ZodIssue, schema: z.ZodType): string[] {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path)
    return issue.keys.map(key => {
      const name = path === '' ? key : `${path}.${key}`
      const near = nearest(key, known)
      return near === undefined ? `${name}: unknown setting` : `${name}: unknown setting, did you mean "${near}"?`
    })
  }
  return [path === '' ? issue.message : `${path}: ${issue.message}`]
}

/** Keys that the object at this path knows. Wrappers (default, optional) are looked through by their definition. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let shape = shapeOf(schema)
  for (const step of path) {
    const next = shape?.[String(step)]
    shape = next === undefined ? undefined : shapeOf(next)
  }
  return shape === undefined ? [] : Object.keys(shape)
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  // zod keeps an object's shape and a wrapper's inner schema in `def`; which of them is there depends on the kind.
  const definition = schema.def as { shape?: Record<string, z.ZodType>; innerType?: z.ZodType }
  if (definition.shape !== undefined) return definition.shape
  return definition.innerType === undefined ? undefined : shapeOf(definition.innerType)
}
