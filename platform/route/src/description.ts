import type { SourceDescriptor } from './endpoint.ts'
import type { DestinationNode, Order, RouteDefinition, Step } from './graph.ts'

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
  readonly source: SourceDescriptor
  /** `describes`: it can look at a header without parsing. */
  readonly parser: { readonly name: string; readonly describes: boolean } | undefined
  readonly dedupe: { readonly windowMs: number } | undefined
  readonly order: Order['kind']
  readonly steps: readonly StepDescription[]
  readonly destinations: readonly DestinationDescription[]
  readonly errorPolicy: { readonly deadLetter: string; readonly notify: string | undefined }
}

export type StepDescription = { readonly kind: Step['kind']; readonly name: string }

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
    source,
    parser: parser === undefined ? undefined : { name: parser.name, describes: parser.describe !== undefined },
    dedupe: dedupe === undefined ? undefined : { windowMs: dedupe.windowMs },
    order: order.kind,
    steps: definition.steps.map(step => ({ kind: step.kind, name: step.name })),
    destinations: definition.destinations.map(describeDestination),
    errorPolicy: { deadLetter: errorPolicy.deadLetter, notify: errorPolicy.notify },
  })
}

function describeDestination(node: DestinationNode): DestinationDescription {
  const { destination, map: _map, when, ...rest } = node
  const { connector, endpoint, options } = destination
  return { ...rest, destination: { connector, endpoint, options }, conditional: when !== undefined }
}
