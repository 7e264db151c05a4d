export type { CallRecord } from './capabilities.ts'
export {
  type DestinationDescription,
  describeRoute,
  type RouteDescription,
  type StepDescription,
} from './description.ts'
export { type Drop, drop } from './drop.ts'
export { type Duration, durationMs } from './duration.ts'
export { type BytesLike, type DestinationDescriptor, encodeBytes, type SourceDescriptor } from './endpoint.ts'
export type {
  CallContext,
  CallStep,
  Dedupe,
  DestinationNode,
  ErrorPolicy,
  Failure,
  Order,
  RouteDefinition,
  Step,
} from './graph.ts'
export type { Description, ParseOutcome, Parser } from './parser.ts'
export type { Encoded, Raw } from './payload.ts'
export { type Output, type PipelineInput, type PipelineResult, runPipeline, type StepObserver } from './pipeline.ts'
export { defaultRetry, type FailurePolicy, type RetryOptions, type RetryPolicy } from './retry.ts'
export {
  type CallOptions,
  type DestinationOptions,
  type ErrorOptions,
  type RouteBody,
  type RouteFacts,
  type RouteHead,
  type RouteOrigin,
  type RouteStart,
  route,
} from './route.ts'
export {
  type Delivered,
  type ParsedRaw,
  parseRaw,
  type SimulatedRun,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './simulate.ts'
export { relay, via } from './via.ts'
