/**
 * The operations API as types: what the server answers, what the console and the CLI read. JSON over HTTP under
 * `/api/v1`. Times are ISO 8601 UTC strings; message ids are safe integers; lists are paged by cursor.
 * Patient identifiers travel in request bodies only, never in a URL.
 */

import type { PlannedDifference, RoutePlan, RouteStatus } from '@samband/engine'
import type { AuditSearch, AuditView, TokenFacts, UserFacts } from './access-port.ts'
import type { DeploymentProgress, DeploymentView } from './deployments-port.ts'

export type {
  DeadLetter,
  DeadLetterGroup,
  DestinationStatus,
  DestinationSummary,
  EndpointStatus,
  EngineProcess,
  Job,
  JobPreview,
  JobRequest,
  MessageDetail,
  MessageSearch,
  MessageStatus,
  MessageSummary,
  OriginVerb,
  Page,
  RefusalView,
  RouteGraph,
  RouteStatus,
  TimelineEntry,
  Verb,
  VerbRequest,
  VerbResult,
} from '@samband/engine'

/** GET /api/v1/messages/:id/body and /messages/:id/events/:eventId — reading either is audited. */
export type BodyView = {
  readonly bytesBase64: string
  /** Decoded for reading (charset of the message); control characters are left in. */
  readonly text: string
  readonly charset: string
  readonly attributes: Readonly<Record<string, string>>
}

export type EventView = { readonly output: BodyView | null; readonly reply: BodyView | null }

/** GET /api/v1/messages/:id/tree */
export type ParsedTree = {
  readonly issues: readonly {
    readonly code: string
    readonly severity: string
    readonly path: string | null
    readonly text: string
  }[]
  readonly segments: readonly TreeNode[]
}

export type TreeNode = {
  /** HL7 path: 'PID', 'PID-3[2].1' */
  readonly path: string
  /** What the standard calls it, in the version of the message; null where it does not say. */
  readonly name: string | null
  readonly value: string | null
  readonly children: readonly TreeNode[]
}

/** GET /api/v1/messages/:id/trace: what each step made of it, computed again from the stored bytes and recorded call results. */
export type Trace = {
  readonly revision: string
  /** False when that revision is no longer loaded and the current one was used. */
  readonly exact: boolean
  readonly steps: readonly {
    readonly name: string
    readonly kind: string
    readonly outcome: 'passed' | 'dropped' | 'failed' | 'output'
    readonly text: string | null
    /** The item after this step, as text (message, JSON). */
    readonly after: string | null
  }[]
}

/** GET /api/v1/jobs, GET /api/v1/jobs/:id, POST /api/v1/jobs/:id/{pause|resume|cancel} */

/** GET /api/v1/status; GET /api/v1/events (server-sent events, `status` once a second) */
export type SystemStatus = {
  readonly version: string
  readonly startedAt: string
  readonly now: string
  readonly database: { readonly kind: 'embedded' | 'external'; readonly version: string; readonly bytes: number }
  readonly routes: readonly RouteStatus[]
  readonly deadLetters: number
  readonly refusals: number
  readonly memoryBytes: number
}

/** POST /api/v1/session {name, password} → sets the cookie; GET tells who; DELETE ends it. */
export type SessionView = {
  readonly user: string
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
}

/** POST /api/v1/deployments/plan */
export type DeploymentPlanView = {
  readonly id: string
  readonly createdAt: string
  /** False: who asked may not read contents, so `before` and `after` are null everywhere. */
  readonly contents: boolean
  readonly routes: readonly PlannedRouteView[]
  readonly warnings: readonly string[]
}

export type PlannedRouteView = Omit<RoutePlan, 'different'> & {
  readonly different: readonly DifferenceView[]
  readonly failures: readonly { readonly messageId: number; readonly text: string }[]
}

export type DifferenceView = Omit<PlannedDifference, 'before' | 'after'> & {
  /** Outputs as text in their own character set, or texts of drops and failures. */
  readonly before: string | null
  readonly after: string | null
  /** Where outputs differ, without what stands there: HL7 paths, or keys of JSON. */
  readonly paths: readonly string[]
}

/** POST /api/v1/deployments {plan?, reason}, /deployments/rollback {deployment?, reason}; GET /deployments/:id */
export type { DeploymentProgress, DeploymentView }

/** Every error answer, whatever the status. */
export type ErrorBody = {
  readonly error: {
    readonly code: string
    readonly category: string
    readonly message: string
    readonly issues?: readonly { readonly code: string; readonly path?: string; readonly text: string }[]
  }
}

/** GET /api/v1/tokens */
export type { TokenFacts }

/** GET /api/v1/users; POST /api/v1/users {name, roles} → NewPassword; DELETE /api/v1/users/:name */
export type { UserFacts }

/** POST /api/v1/session/password {oldPassword, newPassword} → 204; every session of the user ends. */

/** POST /api/v1/audit/search → Page<AuditView> */
export type { AuditSearch, AuditView }

/** POST /api/v1/tokens {name, roles, expiresInDays?}: the only time that the token itself is shown. */
export type NewToken = { readonly facts: TokenFacts; readonly token: string }

/** POST /api/v1/users/:name/reset-password: the only time that the password is shown. */
export type NewPassword = { readonly user: string; readonly password: string }
