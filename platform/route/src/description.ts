import type { SourceDescriptor } from './endpoint.ts'
import type { CallStep, ChoiceStep, DestinationNode, Order, RouteDefinition, RouteLimits, Step } from './graph.ts'

/**
 * A route without its functions: plain data that crosses from the thread that holds the route's code to the engine,
 * which never runs a line of it.
 */
export type RouteDescription = {
  readonly name: string
  readonly version: string
  readonly owner: string
  readonly purpose: string
  readonly description: string | undefined
  readonly retention: string
  readonly dependsOn: readonly string[]
  readonly limits: RouteLimits
  readonly source: SourceDescriptor
  /** `describes`: it can look at a header without parsing. */
  readonly parser: { readonly name: string; readonly describes: boolean } | undefined
  readonly dedupe: { readonly windowMs: number } | undefined
  readonly order: Order['kind']
  /** Its messages do not all wait alike. */
  readonly prioritised: boolean
  readonly steps: readonly StepDescription[]
  readonly destinations: readonly DestinationDescription[]
  readonly errorPolicy: { readonly deadLetter: string; readonly notify: string | undefined }
}

export type StepDescription =
  | { readonly kind: 'filter' | 'map' | 'split' | 'to'; readonly name: string }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly timeoutMs: number
      readonly cache: { readonly ttlMs: number; readonly entriesMax: number } | undefined
    }
  | {
      readonly kind: 'choice'
      readonly name: string
      readonly branches: readonly { readonly name: string; readonly steps: readonly StepDescription[] }[]
      readonly otherwise: readonly StepDescription[] | { readonly drop: string }
    }
  | {
      readonly kind: 'aggregate'
      readonly name: string
      readonly count: number | undefined
      readonly timeoutMs: number | undefined
      readonly groupsMax: number
      readonly membersMax: number
    }

export type DestinationDescription = Omit<DestinationNode, 'destination' | 'map' | 'when'> & {
  readonly destination: {
    readonly connector: string
    readonly endpoint: string
    readonly options: Readonly<Record<string, unknown>>
  }
  /** Some items may pass it by. */
  readonly conditional: boolean
}

/** The parts of a route that can be sent to another thread, frozen. */
export function describeRoute(definition: RouteDefinition): RouteDescription {
  const { name, version, owner, purpose, description, source, parser, dedupe, order, errorPolicy } = definition
  return Object.freeze({
    name,
    version,
    owner,
    purpose,
    description,
    retention: definition.retention,
    dependsOn: definition.dependsOn,
    limits: definition.limits,
    source: placeOf(source),
    parser: parser === undefined ? undefined : { name: parser.name, describes: parser.describe !== undefined },
    dedupe: dedupe === undefined ? undefined : { windowMs: dedupe.windowMs },
    order: order.kind,
    prioritised: definition.priority !== undefined,
    steps: definition.steps.map(describeStep),
    destinations: definition.destinations.map(describeDestination),
    errorPolicy: { deadLetter: errorPolicy.deadLetter, notify: errorPolicy.notify },
  })
}

function describeStep(step: Step): StepDescription {
  if (step.kind === 'call') return describeCall(step)
  if (step.kind === 'choice') return describeChoice(step)
  if (step.kind !== 'aggregate') return { kind: step.kind, name: step.name }
  const { key: _key, combine: _combine, ...rest } = step
  return rest
}

function describeCall({ kind, name, timeoutMs, cache }: CallStep): StepDescription {
  const kept = cache === undefined ? undefined : { ttlMs: cache.ttlMs, entriesMax: cache.entriesMax }
  return { kind, name, timeoutMs, cache: kept }
}

function describeChoice({ kind, name, branches, otherwise }: ChoiceStep): StepDescription {
  return {
    kind,
    name,
    branches: branches.map(branch => ({ name: branch.name, steps: branch.steps.map(describeStep) })),
    otherwise: 'drop' in otherwise ? otherwise : otherwise.map(describeStep),
  }
}

function describeDestination(node: DestinationNode): DestinationDescription {
  const { destination, map: _map, when, ...rest } = node
  const { connector, endpoint, options } = destination
  return { ...rest, destination: { connector, endpoint, options }, conditional: when !== undefined }
}

/** A descriptor may also be a destination's, with a function; only its data is described. */
function placeOf({ connector, endpoint, options }: SourceDescriptor): SourceDescriptor {
  return { connector, endpoint, options }
}
