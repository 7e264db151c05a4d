import { SambandError } from '@samband/errors'
import type { DestinationDescriptor, RouteDescription, SourceDescriptor } from '@samband/route'
import type { EngineOptions } from './engine-types.ts'
import type { Connector, DestinationHandle, Intake, SourceHandle } from './ports.ts'
import type { RouteRuntime } from './route-runtime.ts'
import { relaySource, viaDestination } from './via-connector.ts'

type Role = 'source' | 'destination'

/** What is complete in the route itself, so that an endpoint may be configured but need not. */
const needsNoSettings: ReadonlySet<string> = new Set(['timer', 'fhir'])

/**
 * Checks routes against endpoints before anything is opened, and names every problem at once: endpoints that are not
 * configured, connectors that are unknown or cannot play the role, settings that are wrong, two routes on one listener.
 */
export function planEndpoints(options: EngineOptions, routes: readonly RouteDescription[]): void {
  const problems: string[] = []
  const listeners = new Map<string, string>()
  const names = new Set<string>()
  for (const definition of routes) {
    if (names.has(definition.name)) problems.push(`two routes are named "${definition.name}"`)
    names.add(definition.name)
    const { source } = definition
    if (source.connector !== 'relay') {
      problems.push(...problemsOf(options, definition.name, 'source', source))
      const other = listeners.get(source.endpoint)
      if (other !== undefined)
        problems.push(`routes "${other}" and "${definition.name}" share endpoint "${source.endpoint}"`)
      listeners.set(source.endpoint, definition.name)
    }
    for (const { destination } of definition.destinations) {
      if (destination.connector !== 'via')
        problems.push(...problemsOf(options, definition.name, 'destination', destination))
      else if (!routes.some(({ name }) => name === destination.endpoint)) {
        problems.push(`route "${definition.name}" goes via route "${destination.endpoint}", which is not loaded`)
      }
    }
  }
  if (problems.length > 0) {
    throw new SambandError({ code: 'endpoints-invalid', category: 'incorrect', message: problems.join('; ') })
  }
}

function problemsOf(
  options: EngineOptions,
  route: string,
  role: Role,
  descriptor: { readonly connector: string; readonly endpoint: string },
): readonly string[] {
  const setting = options.endpoints[descriptor.endpoint]
  const at = `endpoint "${descriptor.endpoint}" (route "${route}")`
  if (setting === undefined && !needsNoSettings.has(descriptor.connector)) {
    return [
      `${at} is not configured: add it under endpoints; there are ${Object.keys(options.endpoints).join(', ') || 'none'}`,
    ]
  }
  if (setting !== undefined && setting.connector !== descriptor.connector) {
    return [`${at} is configured as ${setting.connector}, the route uses it as ${descriptor.connector}`]
  }
  const connector = options.connectors.find(({ name }) => name === descriptor.connector)
  const kind = connector?.[role]
  if (kind === undefined) return [`${at}: connector "${descriptor.connector}" cannot be a ${role}`]
  const parsed = kind.parseConfig(ownSettings(setting))
  return parsed.ok ? [] : parsed.issues.map(issue => `${at}: ${issue}`)
}

export async function openSource(options: EngineOptions, runtime: RouteRuntime, intake: Intake): Promise<SourceHandle> {
  const { source } = runtime.host.description
  if (source.connector === 'relay') return relaySource()
  const kind = connectorOf(options, source).source
  if (kind === undefined) throw missing(source)
  return await kind.open({
    endpoint: source.endpoint,
    config: parsed(options, kind, source),
    options: source.options,
    intake,
    log: options.log,
  })
}

export async function openDestination(
  options: EngineOptions,
  destination: Pick<DestinationDescriptor<unknown>, 'connector' | 'endpoint'> & { readonly options: object },
  routes: ReadonlyMap<string, RouteRuntime>,
): Promise<DestinationHandle> {
  if (destination.connector === 'via')
    return viaDestination(destination.endpoint, () => routes.get(destination.endpoint))
  const kind = connectorOf(options, destination).destination
  if (kind === undefined) throw missing(destination)
  return await kind.open({
    endpoint: destination.endpoint,
    config: parsed(options, kind, destination),
    options: { ...destination.options },
    log: options.log,
  })
}

type Named = Pick<SourceDescriptor, 'connector' | 'endpoint'>

function connectorOf(options: EngineOptions, { connector, endpoint }: Named): Connector {
  const found = options.connectors.find(({ name }) => name === connector)
  if (found === undefined) throw missing({ connector, endpoint })
  return found
}

function parsed<Config>(
  options: EngineOptions,
  kind: {
    readonly parseConfig: (input: unknown) => { ok: true; config: Config } | { ok: false; issues: readonly string[] }
  },
  { endpoint }: Named,
): Config {
  const outcome = kind.parseConfig(ownSettings(options.endpoints[endpoint]))
  if (outcome.ok) return outcome.config
  // planEndpoints has refused it before.
  throw new SambandError({ code: 'endpoints-invalid', category: 'incorrect', message: outcome.issues.join('; ') })
}

/** What belongs to the connector: without the keys that the platform itself reads. */
function ownSettings(setting: EngineOptions['endpoints'][string] | undefined): Record<string, unknown> {
  if (setting === undefined) return {}
  const { connector: _connector, system: _system, exclusive: _exclusive, ...own } = setting
  return own
}

function missing({ connector, endpoint }: Named): SambandError {
  return new SambandError({
    code: 'connector-unknown',
    category: 'incorrect',
    message: `endpoint "${endpoint}" needs connector "${connector}", which is not installed`,
  })
}
