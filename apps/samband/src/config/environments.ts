import { nearest } from '@samband/errors'
import type { SchemaIssue } from '@samband/operations'
import { isPlainObject, type Settings, valueAt } from './setting-path.ts'

/** Environments that may be named without being written: a configuration is one of them as it stands. */
export const usualEnvironments: readonly string[] = ['dev', 'test', 'prod']

/** Only here a plain text may stand for a secret without a word, and a recording may keep who somebody is. */
export const developmentEnvironment = 'dev'

export type ChosenEnvironment = {
  /** The configuration with the environment's changes, without the environments themselves. */
  readonly settings: Settings
  /** What the environment changes; empty when none is chosen. */
  readonly changes: Settings
  readonly issues: readonly SchemaIssue[]
}

/**
 * The settings of one environment: objects are merged key by key; lists, functions, secrets and plain values replace what was
 * there; `null` removes it. Capabilities are replaced by name, each as a whole.
 */
export function chooseEnvironment(written: Settings, name: string | undefined): ChosenEnvironment {
  const { environments = {}, ...base } = written
  if (!isPlainObject(environments)) {
    const text = 'must be an object with an entry per environment'
    return { settings: base, changes: {}, issues: [{ code: 'environments-invalid', path: 'environments', text }] }
  }
  const issues = Object.entries(environments).flatMap(([one, changes]) => shapeIssues(one, changes, base))
  if (name === undefined) return { settings: base, changes: {}, issues }
  const changes = environments[name]
  if (changes === undefined && !usualEnvironments.includes(name)) {
    return { settings: base, changes: {}, issues: [...issues, unknownEnvironment(name, Object.keys(environments))] }
  }
  if (!isPlainObject(changes)) return { settings: base, changes: {}, issues }
  return { settings: merge(base, withoutStray(changes, base), []), changes, issues }
}

function unknownEnvironment(name: string, written: readonly string[]): SchemaIssue {
  const known = [...new Set([...written, ...usualEnvironments])]
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `, did you mean '${near}'?`
  return {
    code: 'environment-unknown',
    text: `there is no environment '${name}'${hint} (there are ${known.join(', ')})`,
  }
}

function shapeIssues(name: string, changes: unknown, base: Settings): SchemaIssue[] {
  const path = `environments.${name}`
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return [{ code: 'environments-invalid', path, text: "must be kebab-case, as 'test' or 'prod-west'" }]
  }
  if (!isPlainObject(changes)) return [{ code: 'environments-invalid', path, text: 'must be an object with settings' }]
  if ('environments' in changes) {
    return [{ code: 'environments-invalid', path, text: 'an environment holds no environments of its own' }]
  }
  const known = Object.keys(isPlainObject(base['endpoints']) ? base['endpoints'] : {})
  return strayEndpoints(changes, base).map(endpoint => {
    const near = nearest(endpoint, known)
    const hint = near === undefined ? '' : `, did you mean '${near}'?`
    return {
      code: 'environment-endpoint-unknown',
      path: `${path}.endpoints.${endpoint}`,
      text: `there is no such endpoint to change${hint} (a new one needs its connector)`,
    }
  })
}

/** Endpoints that an environment changes although nothing is there: most often a name that was mistyped. */
function strayEndpoints(changes: Settings, base: Settings): string[] {
  const endpoints = isPlainObject(changes['endpoints']) ? changes['endpoints'] : {}
  return Object.entries(endpoints)
    .filter(([name, setting]) => valueAt(base, ['endpoints', name]) === undefined && isPlainObject(setting))
    .filter(([, setting]) => valueAt(setting, ['connector']) === undefined)
    .map(([name]) => name)
}

function withoutStray(changes: Settings, base: Settings): Settings {
  const stray = strayEndpoints(changes, base)
  const endpoints = changes['endpoints']
  if (stray.length === 0 || !isPlainObject(endpoints)) return changes
  const kept = Object.entries(endpoints).filter(([name]) => !stray.includes(name))
  return { ...changes, endpoints: Object.fromEntries(kept) }
}

function merge(base: Settings, changes: Settings, path: readonly string[]): Settings {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, change] of Object.entries(changes)) {
    const before = base[key]
    // A capability is somebody's object, not settings: two of them mixed would be neither.
    const whole = path[0] === 'capabilities'
    if (change === null) delete merged[key]
    else if (!whole && isPlainObject(change) && isPlainObject(before))
      merged[key] = merge(before, change, [...path, key])
    else if (change !== undefined)
      merged[key] = isPlainObject(change) && !whole ? merge({}, change, [...path, key]) : change
  }
  return merged
}

/** Where settings come from: 'file', 'environment test', 'SAMBAND_HTTP_PORT', 'default'. */
export type ConfigOrigins = (path: readonly string[]) => string

export function configOrigins(facts: {
  readonly written: Settings
  readonly changes: Settings
  readonly environment: string | undefined
  readonly variables: ReadonlyMap<string, string>
}): ConfigOrigins {
  return path => {
    const variable = facts.variables.get(path.join('.'))
    if (variable !== undefined) return variable
    if (isWritten(facts.changes, path)) return `environment ${facts.environment ?? ''}`
    return isWritten(facts.written, path) ? 'file' : 'default'
  }
}

/** Whether the settings say something at this path: a value, or something whole (a list, a secret) above it. */
function isWritten(settings: Settings, path: readonly string[]): boolean {
  let at: unknown = settings
  for (const key of path) {
    if (!isPlainObject(at)) return true
    at = at[key]
    if (at === undefined) return false
  }
  return true
}
