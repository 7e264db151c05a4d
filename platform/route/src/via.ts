import { type BytesLike, type DestinationDescriptor, encodeBytes, type SourceDescriptor } from './endpoint.ts'
import type { RouteDefinition } from './graph.ts'

const noOptions: Readonly<Record<string, unknown>> = Object.freeze({})

/** Hands messages to another route, through the journal: stored before this delivery counts as done. */
export function via(other: Pick<RouteDefinition, 'name'>): DestinationDescriptor<BytesLike> {
  return Object.freeze({ connector: 'via', endpoint: other.name, options: noOptions, encode: encodeBytes })
}

/** The source of a route that is fed only by other routes' `via`. */
export function relay(): SourceDescriptor {
  return Object.freeze({ connector: 'relay', endpoint: 'relay', options: noOptions })
}
