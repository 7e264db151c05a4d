import type { Connector, EndpointSetting } from '@samband/engine'
import { nearest } from '@samband/errors'
import type { SchemaIssue } from '@samband/operations'
import type { RouteDescription } from '@samband/route'

/** Connectors of the engine itself: their endpoint is a route's name, or nothing. */
const internalConnectors: ReadonlySet<string> = new Set(['via', 'relay'])

/** What is complete in the route itself, so that an endpoint may be configured but need not. */
const needsNoSettings: ReadonlySet<string> = new Set(['timer', 'fhir'])

/** What is looked at of a route: its definition or its description. */
export type CheckedRoute = {
  readonly definition: {
    readonly name: string
    readonly source: RouteDescription['source']
    readonly destinations: readonly Pick<RouteDescription['destinations'][number], 'destination'>[]
  }
}

export type EndpointRole = 'source' | 'destination'
type Role = EndpointRole
type Use = { readonly route: string; readonly role: Role; readonly connector: string; readonly endpoint: string }

export type RouteCheck = { readonly issues: readonly SchemaIssue[]; readonly warnings: readonly string[] }

/**
 * What the routes name against what the configuration has: endpoints that are missing, of another connector, or whose
 * settings that connector does not take in the role that routes use them in.
 */
export function checkRoutes(
  routes: readonly CheckedRoute[],
  endpoints: Readonly<Record<string, EndpointSetting>>,
  connectors: readonly Connector[],
): RouteCheck {
  const uses = routes.flatMap(usesOf)
  const issues = [
    ...uses.flatMap(use => checkUse(use, routes, endpoints, connectors)),
    ...checkSettings(uses, endpoints, connectors),
    ...checkListeners(uses),
    ...duplicates(routes.map(({ definition }) => definition.name)).map(name => ({
      code: 'route-twice',
      text: `two routes are named '${name}'`,
    })),
  ]
  const used = new Set(uses.map(({ endpoint }) => endpoint))
  const warnings = Object.keys(endpoints)
    .filter(name => !used.has(name))
    .map(name => `endpoints.${name}: no route uses it`)
  return { issues, warnings }
}

/** In which roles routes use each endpoint. */
export function endpointRoles(routes: readonly CheckedRoute[]): ReadonlyMap<string, ReadonlySet<EndpointRole>> {
  const roles = new Map<string, Set<EndpointRole>>()
  for (const { endpoint, role, connector } of routes.flatMap(usesOf)) {
    if (!internalConnectors.has(connector)) roles.set(endpoint, (roles.get(endpoint) ?? new Set()).add(role))
  }
  return roles
}

function usesOf({ definition }: CheckedRoute): Use[] {
  const { name: route, source, destinations } = definition
  return [
    { route, role: 'source', connector: source.connector, endpoint: source.endpoint },
    ...destinations.map(({ destination: { connector, endpoint } }) => ({
      route,
      role: 'destination' as const,
      connector,
      endpoint,
    })),
  ]
}

function checkUse(
  { route, role, connector, endpoint }: Use,
  routes: readonly CheckedRoute[],
  endpoints: Readonly<Record<string, EndpointSetting>>,
  connectors: readonly Connector[],
): SchemaIssue[] {
  if (connector === 'via') {
    const names = routes.map(({ definition }) => definition.name)
    if (names.includes(endpoint)) return []
    return [issue('route-missing', undefined, `route '${route}' hands on to route '${endpoint}', which is not there`)]
  }
  if (internalConnectors.has(connector)) return []
  if (!connectors.some(({ name }) => name === connector)) {
    const known = connectors.map(({ name }) => name)
    const text = `route '${route}' uses the connector '${connector}', which is not there${hint(connector, known)}`
    return [issue('connector-unknown', undefined, text)]
  }
  const setting = endpoints[endpoint]
  const verb = role === 'source' ? 'reads from' : 'sends to'
  if (setting === undefined && needsNoSettings.has(connector)) return []
  if (setting === undefined) {
    const text = `route '${route}' ${verb} the endpoint '${endpoint}', which is not among the endpoints`
    return [issue('endpoint-missing', 'endpoints', text + hint(endpoint, Object.keys(endpoints)))]
  }
  if (setting.connector === connector) return []
  const text = `route '${route}' ${verb} it by ${connector}, but its connector is '${setting.connector}'`
  return [issue('endpoint-connector', `endpoints.${endpoint}`, text)]
}

/** Each endpoint once per role, however many routes use it. */
function checkSettings(
  uses: readonly Use[],
  endpoints: Readonly<Record<string, EndpointSetting>>,
  connectors: readonly Connector[],
): SchemaIssue[] {
  const seen = new Set<string>()
  return uses.flatMap(({ role, connector, endpoint }) => {
    const setting = endpoints[endpoint]
    const kind = connectors.find(({ name }) => name === connector)
    const key = `${role} ${endpoint}`
    if (setting === undefined || setting.connector !== connector || kind === undefined || seen.has(key)) return []
    seen.add(key)
    const parser = kind[role]
    if (parser === undefined) {
      return [issue('endpoint-role', `endpoints.${endpoint}`, `the connector '${connector}' cannot be a ${role}`)]
    }
    const { connector: _connector, system: _system, exclusive: _exclusive, ...own } = setting
    const result = parser.parseConfig(own)
    return result.ok
      ? []
      : result.issues.map(text => ({ code: 'endpoint-setting', text: `endpoints.${endpoint}.${text}` }))
  })
}

/** Two routes cannot listen at one place: which of them would a message belong to? */
function checkListeners(uses: readonly Use[]): SchemaIssue[] {
  const sources = uses.filter(({ role, connector }) => role === 'source' && !internalConnectors.has(connector))
  return duplicates(sources.map(({ endpoint }) => endpoint)).map(endpoint => {
    const routes = sources.filter(use => use.endpoint === endpoint).map(({ route }) => `'${route}'`)
    return issue('source-shared', `endpoints.${endpoint}`, `the routes ${routes.join(' and ')} both read from it`)
  })
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `, did you mean '${near}'?`
}

function issue(code: string, path: string | undefined, text: string): SchemaIssue {
  return { code, ...(path === undefined ? {} : { path }), text }
}
