export { AuthenticationError } from './access/authentication-error.ts'
export {
  type Authenticate,
  type AuthenticateOptions,
  type AuthenticationRequest,
  type BearerIssuer,
  createAuthenticate,
} from './access/bearer.ts'
export { type AccessKind, type Caller, systemCaller, type Visibility, type VisibilityFilter } from './access/caller.ts'
export { type BearerLimits, bearerLimitsDefault } from './access/bearer-limits.ts'
export {
  securityFacts,
  type SmartCapability,
  smartConfiguration,
  type SmartConfigurationOptions,
} from './access/smart-configuration.ts'
export { callerOfClaims, type CallerContext, type TokenUser, type UserVisibility } from './access/token-caller.ts'
export type { CorsOptions } from './http/cors.ts'
export { createDispatch, type DispatchOptions } from './http/dispatch.ts'
export { answerClientError, answerFrameworkError } from './http/framework-error.ts'
export type { Dispatch, HubAnswer, HubBody, HubRequest, HubRequestHeaders } from './http/hub-request.ts'
export { hubPlugin, type HubPluginOptions } from './http/plugin.ts'
export { type ServedHub, serveHub, type ServeOptions } from './http/serve.ts'
export { type HubOptions, type HubValidation, openHub } from './hub.ts'
export type { HubContext } from './hub-context.ts'
export { HubError, type HubIssue } from './hub-error.ts'
export { type HubLimits, hubLimitsDefault } from './limits.ts'
export type { PackageFile } from './packages/read-packages.ts'
export type {
  AuditPort,
  AuthorizePort,
  HubAuditEvent,
  HubLog,
  HubTerminology,
  Interaction,
} from './ports.ts'
export type { Change, ChangeMethod, ResourceName, StoredResource, StoredVersion } from './storage/stored.ts'
export { readChanges } from './feed/change-feed.ts'
export { type FollowChanges, followChanges } from './feed/follow-changes.ts'
export { type FollowerState, listFollowers, removeFollower } from './feed/followers.ts'
export { pruneChanges } from './feed/prune-changes.ts'
export type { ParameterState } from './reindex/parameter-state.ts'
export type { ReindexJob, ReindexState } from './reindex/reindex-jobs.ts'
export {
  cancelReindex,
  listReindexJobs,
  parameterState,
  pauseReindex,
  startReindex,
} from './reindex/reindexing.ts'
