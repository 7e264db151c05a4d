import type { SchemaIssue } from '@samband/operations'
import { isPlainObject, leavesOf, type Settings, valueAt, withValue } from '../setting-path.ts'
import { secretPlaces } from './secret-places.ts'
import { isSecretReference, referenceIn, type SecretReference } from './secret-reference.ts'

/** One secret of the configuration. */
export type SecretUse = {
  readonly path: readonly string[]
  /** Undefined: the secret itself stands there as text. */
  readonly reference: SecretReference | undefined
  /** The setting's schema says that it is secret: a connector takes `{ value }` or `{ file }` there, not a text. */
  readonly wrapped: boolean
}

/** What stands in a secret's place until it is read. Nothing starts with it: loading a configuration resolves them all. */
const placeholder = 'not read yet'

export type LiftedSecrets = {
  /** The same settings with placeholders, so that the schema sees what it will see. */
  readonly settings: Settings
  readonly uses: readonly SecretUse[]
  readonly issues: readonly SchemaIssue[]
}

/** Takes the secrets out of the settings. References may stand in any text of an endpoint, and where the schema says secret. */
export function liftSecrets(settings: Settings): LiftedSecrets {
  const uses: SecretUse[] = []
  const issues: SchemaIssue[] = []
  const seen = new Set<string>()
  let lifted = settings
  for (const path of secretPlaces(settings)) {
    const value = valueAt(settings, path)
    const reference = referenceIn(value)
    const wrapped = path[0] === 'endpoints'
    seen.add(path.join('\u0000'))
    // What is neither text nor reference is for the schema to complain about.
    if (reference === undefined && typeof value !== 'string' && !isWrappedValue(value)) continue
    uses.push({ path, reference, wrapped })
    if (reference !== undefined) lifted = withValue(lifted, path, wrapped ? { value: placeholder } : placeholder)
    else if (wrapped && typeof value === 'string') lifted = withValue(lifted, path, { value })
  }
  for (const { path, value } of referencesIn(settings)) {
    if (seen.has(path.join('\u0000'))) continue
    lifted = withValue(lifted, path, placeholder)
    if (path[0] === 'endpoints') uses.push({ path, reference: value, wrapped: false })
    else issues.push(misplaced(path))
  }
  return { settings: lifted, uses, issues }
}

function isWrappedValue(value: unknown): boolean {
  return isPlainObject(value) && typeof value['value'] === 'string' && Object.keys(value).length === 1
}

function referencesIn(settings: Settings): { path: readonly string[]; value: SecretReference }[] {
  // Capabilities are objects of programs, with ends that cannot be known; they get secrets when they are made.
  const { capabilities: _capabilities, secrets: _secrets, ...rest } = settings
  return leavesOf(rest).flatMap(({ path, value }) => {
    if (Array.isArray(value)) {
      return value.flatMap((one: unknown, at) =>
        isSecretReference(one) ? [{ path: [...path, `${at}`], value: one }] : [],
      )
    }
    return isSecretReference(value) ? [{ path, value }] : []
  })
}

function misplaced(path: readonly string[]): SchemaIssue {
  return {
    code: 'secret-misplaced',
    path: path.join('.'),
    text: 'no secret is read here: only in endpoints and in database.url',
  }
}
