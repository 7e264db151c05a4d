import type { z } from 'zod'
import { nearest } from '@samband/errors'

/** What a schema found wrong with an input: for an error body, or for the list that a person sees at start-up. */
export type SchemaIssue = {
  /** Stable, kebab-case: 'unknown-key', 'invalid-type', 'too-small' ... */
  readonly code: string
  /** 'http.port', 'endpoints.lis-in'; absent when it concerns the whole. */
  readonly path?: string
  readonly text: string
}

/** Every issue in one go; an unknown key by its name, with the nearest known one. */
export function schemaIssues(error: z.ZodError, schema: z.ZodType): SchemaIssue[] {
  return error.issues.flatMap(issue => {
    const path = issue.path.map(String).join('.')
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, issue.path)
      return issue.keys.map(key => unknownKey(key, path, known))
    }
    return [{ code: issue.code.replaceAll('_', '-'), ...(path === '' ? {} : { path }), text: plain(issue.message) }]
  })
}

/** 'http.port: must be ...' on one line. */
export function formatSchemaIssue({ path, text }: SchemaIssue): string {
  return path === undefined || text.startsWith('unknown key') ? text : `${path}: ${text}`
}

function unknownKey(key: string, path: string, known: readonly string[]): SchemaIssue {
  const near = nearest(key, known)
  const where = path === '' ? '' : ` in ${path}`
  return {
    code: 'unknown-key',
    path: path === '' ? key : `${path}.${key}`,
    text: `unknown key '${key}'${where}${near === undefined ? '' : `, did you mean '${near}'?`}`,
  }
}

function plain(message: string): string {
  return message.replace(/^Invalid input: /, '')
}

/** Keys that the object at this path knows. Wrappers (default, optional, records) are looked through. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: Definition | undefined = unwrap(schema)
  for (const step of path) {
    const next: z.ZodType | undefined = at?.shape?.[String(step)] ?? at?.valueType ?? at?.element
    if (next === undefined) return []
    at = unwrap(next)
  }
  return Object.keys(at?.shape ?? {})
}

type Definition = {
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly innerType?: z.ZodType
  readonly valueType?: z.ZodType
  readonly element?: z.ZodType
  readonly in?: z.ZodType
}

function unwrap(schema: z.ZodType): Definition {
  // zod keeps an object's shape and a wrapper's inner schema in `def`; which of them is there depends on the kind.
  const definition = schema.def as Definition
  const inner = definition.innerType ?? definition.in
  return inner === undefined ? definition : unwrap(inner)
}
