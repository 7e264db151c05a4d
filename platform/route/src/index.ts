export { AggregateState, type Member, type ReleasedGroup } from './aggregate-state.ts'
export {
  type Calendar,
  type CalendarOptions,
  calendar,
  type IsoDate,
  isOpen,
  nextOpen,
  type WallTime,
  type Weekday,
} from './calendar.ts'
export { type Answer, CallCache, CallCaches } from './call-cache.ts'
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
export {
  type AggregateStep,
  type BranchNode,
  type CallCachePolicy,
  type CallContext,
  type CallStep,
  type ChoiceStep,
  type Dedupe,
  type DestinationNode,
  type ErrorPolicy,
  type Failure,
  flatSteps,
  type Order,
  type Priority,
  priorityRank,
  type RouteDefinition,
  type RouteLimits,
  type Step,
  type Throttle,
} from './graph.ts'
export type { Description, ParseOutcome, Parser } from './parser.ts'
export type { Encoded, Raw } from './payload.ts'
export {
  type ContinueInput,
  continuePipeline,
  type Joined,
  type Output,
  type PipelineContext,
  type PipelineInput,
  type PipelineResult,
  runPipeline,
  type StepObserver,
} from './pipeline.ts'
export { defaultRetry, type FailurePolicy, type RetryOptions, type RetryPolicy } from './retry.ts'
export { route } from './route.ts'
export {
  type Delivered,
  type ParsedRaw,
  parseRaw,
  type SimulatedRun,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './simulate.ts'
export type {
  AggregateOptions,
  Branch,
  CallOptions,
  Choice,
  ChoiceEnd,
  DestinationOptions,
  ErrorOptions,
  RouteBody,
  RouteFacts,
  RouteHead,
  RouteOrigin,
  RouteStart,
  Steps,
} from './stages.ts'
export { relay, via } from './via.ts'
