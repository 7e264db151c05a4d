import type { EndpointSchema } from '@samband/connectors'
import type { Connector, LoadedRoute } from '@samband/engine'
import { endpointRoles } from './check-routes.ts'
import { configKeys } from './environment.ts'
import type { Deployment } from './examine-config.ts'
import { configSchema } from './schema.ts'
import { isSecretProvider } from './secrets/secret-provider.ts'
import { secretPlaces } from './secrets/secret-places.ts'
import { describeReference, isSecretReference, referenceIn } from './secrets/secret-reference.ts'
import { isPlainObject, leavesOf, type Settings, valueAt } from './setting-path.ts'

/** One setting for a person or a script; never with a secret in it. */
export type ShownSetting = { readonly key: string; readonly value: unknown }
export type ResolvedSetting = ShownSetting & { readonly from: string }

const hidden = '<secret>'

/** What the file says, each setting with its environments' changes, with the places of secrets instead of secrets. */
export function writtenSettings(exported: Settings, schemas?: readonly EndpointSchema[]): ShownSetting[] {
  const { environments, ...base } = exported
  const connectorOf = (endpoint: string): unknown => valueAt(base, ['endpoints', endpoint, 'connector'])
  const parts: (readonly [readonly string[], Settings])[] = [[[], base]]
  for (const [name, changes] of Object.entries(isPlainObject(environments) ? environments : {})) {
    if (isPlainObject(changes)) parts.push([['environments', name], changes])
  }
  return parts.flatMap(([prefix, settings]) => {
    const places = secretPlaces(settings, connectorOf, schemas).map(place => place.join('.'))
    return shownLeaves(settings, places).map(({ path, value }) => ({ key: [...prefix, ...path].join('.'), value }))
  })
}

type Leaf = { readonly path: readonly string[]; readonly value: unknown }

/** Leaves for showing; a secret place is one leaf, whatever is in it. */
function shownLeaves(settings: Settings, places: readonly string[], path: readonly string[] = []): Leaf[] {
  return Object.entries(settings).flatMap(([key, value]): Leaf[] => {
    const at = [...path, key]
    if (places.includes(at.join('.'))) {
      const reference = referenceIn(value)
      return [{ path: at, value: reference === undefined ? hidden : describeReference(reference) }]
    }
    if (at[0] === 'capabilities')
      return [{ path: at, value: typeof value === 'function' ? '<function>' : Object.keys(value ?? {}) }]
    if (isSecretProvider(value)) return [{ path: at, value: `<${value.description}>` }]
    if (isPlainObject(value) && Object.keys(value).length > 0) return shownLeaves(value, places, at)
    return [{ path: at, value: shownValue(key, value) }]
  })
}

const secretName = /passw(or)?d|passphrase|secret|token|api-?key|authorization|credential/i

/** Connectors of others may not mark what is secret: what is named like one is not shown, nor a password in an address. */
function shownValue(key: string, value: unknown): unknown {
  if (isSecretReference(value)) return describeReference(value)
  if (typeof value === 'function') return '<function>'
  if (Array.isArray(value)) return value.map((one: unknown) => shownValue(key, one))
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shownValue(name, one)]))
  if (typeof value !== 'string') return value ?? null
  if (secretName.test(key)) return hidden
  return value.replace(/(:\/\/[^/:@\s]*):[^/@\s]*@/, `$1:${hidden}@`)
}

export type ResolvedOptions = {
  readonly deployment: Deployment
  /** Which tell in what role an endpoint is used, and so which defaults its connector adds; may be empty. */
  readonly routes: readonly LoadedRoute[]
  readonly connectors: readonly Connector[]
}

/** Every setting that holds, with where it comes from; endpoints with what their connectors add. */
export function resolvedSettings({ deployment, routes, connectors }: ResolvedOptions): ResolvedSetting[] {
  const { origins } = deployment
  const shown = (path: readonly string[], value: unknown): ResolvedSetting => {
    const use = deployment.secretUses.find(one => one.path.join('.') === path.join('.'))
    const from = origins(path)
    if (use?.reference !== undefined) return { key: path.join('.'), from, value: describeReference(use.reference) }
    if (use !== undefined) return { key: path.join('.'), from, value: hidden }
    return { key: path.join('.'), from: value === undefined ? '' : from, value: shownValue(path.at(-1) ?? '', value) }
  }
  const rows = configKeys(configSchema)
    .map(({ path }) => path)
    .filter(path => path !== 'endpoints' && path !== 'environments')
    .filter(path => !path.startsWith('limits.') || valueAt(deployment, path.split('.')) !== undefined)
    .map(path => {
      const at = path.split('.')
      if (path === 'capabilities') return shown(at, capabilityNames(deployment))
      if (path === 'secrets') {
        return shown(
          at,
          Object.entries(deployment.secrets).map(([name, { description }]) => `${name}: ${description}`),
        )
      }
      return shown(at, valueAt(deployment, at))
    })
  const environment = { key: 'environment', from: '', value: deployment.environment ?? null }
  return [environment, ...rows, ...endpointRows(deployment, routes, connectors, shown)]
}

function endpointRows(
  { endpoints, secretUses }: Deployment,
  routes: readonly LoadedRoute[],
  connectors: readonly Connector[],
  shown: (path: readonly string[], value: unknown) => ResolvedSetting,
): ResolvedSetting[] {
  const roles = endpointRoles(routes)
  return Object.entries(endpoints).flatMap(([name, setting]) => {
    const { connector, system, ...own } = setting
    const kind = connectors.find(one => one.name === connector)
    const added = [...(roles.get(name) ?? [])].reduce<Settings>((settings, role) => {
      const parsed = kind?.[role]?.parseConfig(own)
      // What does not parse is for `config check` to tell; here it is shown as it is written.
      return parsed?.ok === true && isPlainObject(parsed.config) ? { ...settings, ...parsed.config } : settings
    }, own)
    const secrets = secretUses.map(({ path }) => path.join('.'))
    const whole: Settings = { connector, ...(system === undefined ? {} : { system }), ...added }
    return secretAwareLeaves(whole, ['endpoints', name], secrets).map(({ path, value }) => shown(path, value))
  })
}

function secretAwareLeaves(settings: Settings, path: readonly string[], secrets: readonly string[]): Leaf[] {
  return Object.entries(settings).flatMap(([key, value]): Leaf[] => {
    const at = [...path, key]
    if (value === undefined) return []
    if (secrets.includes(at.join('.'))) return [{ path: at, value: hidden }]
    if (isPlainObject(value) && Object.keys(value).length > 0) return secretAwareLeaves(value, at, secrets)
    return leavesOf(value, at)
  })
}

function capabilityNames({ capabilities }: Deployment): unknown {
  return typeof capabilities === 'function'
    ? '<function>'
    : capabilities === undefined
      ? undefined
      : Object.keys(capabilities)
}
