/**
 * The shapes of the answers as schemas: for the OpenAPI description and for the tests that hold the server to it. The
 * types stand in the engine's views and in contract.ts; the annotations make the compiler compare both.
 */

import type {
  DeadLetter,
  DeadLetterGroup,
  DestinationStatus,
  DestinationSummary,
  EndpointStatus,
  Job,
  JobPreview,
  MessageDetail,
  MessageSummary,
  Page,
  RefusalView,
  RouteGraph,
  RouteStatus,
  TimelineEntry,
  VerbResult,
} from '@samband/engine'
import { z } from 'zod'
import type { AuditView, TokenFacts, UserFacts } from './access-port.ts'
import type {
  BodyView,
  DeploymentPlanView,
  ErrorBody,
  EventView,
  NewPassword,
  NewToken,
  ParsedTree,
  SessionView,
  SystemStatus,
  Trace,
  TreeNode,
} from './contract.ts'
import type { DeploymentProgress, DeploymentView } from './deployments-port.ts'

const id = z.int().min(1)
const count = z.int().min(0)
const rate = z.number().min(0)
const time = z.iso.datetime()
const text = z.string()
const maybe = text.nullable()
const originVerb = z.enum(['reinject', 'edit', 'via'])

function page<T>(item: z.ZodType<T>): z.ZodType<Page<T>> {
  return z.strictObject({ items: z.array(item), nextCursor: maybe })
}

const destinationSummary: z.ZodType<DestinationSummary> = z.strictObject({
  name: text,
  part: count,
  status: z.enum(['waiting', 'held', 'delivered', 'dead', 'discarded']),
  attempts: count,
})

const summaryFields = {
  id,
  receivedAt: time,
  route: text,
  revision: text,
  type: maybe,
  controlId: maybe,
  peer: text,
  bytes: count,
  status: z.enum(['waiting', 'held', 'delivered', 'filtered', 'duplicate', 'dead', 'discarded']),
  destinations: z.array(destinationSummary),
  origin: z.strictObject({ messageId: id, verb: originVerb }).nullable(),
}

const messageSummary: z.ZodType<MessageSummary> = z.strictObject(summaryFields).meta({ id: 'MessageSummary' })
export const messagePage: z.ZodType<Page<MessageSummary>> = page(messageSummary)

const timelineEntry: z.ZodType<TimelineEntry> = z.strictObject({
  at: time,
  kind: z.enum([
    'received',
    'delivered',
    'attempt-failed',
    'queued',
    'held',
    'dead',
    'filtered',
    'duplicate',
    'discarded',
    'reprocess',
    'resent',
    'redirected',
    'reinjected',
    'edited',
    'aggregated',
  ]),
  destination: maybe,
  part: count,
  step: maybe,
  attempt: count,
  code: maybe,
  text: maybe,
  actor: maybe,
  reason: maybe,
  hasOutput: z.boolean(),
  hasReply: z.boolean(),
  eventId: count,
})

export const messageDetail: z.ZodType<MessageDetail> = z.strictObject({
  ...summaryFields,
  timeline: z.array(timelineEntry),
  descendants: z.array(z.strictObject({ messageId: id, verb: originVerb, at: time })),
})

export const bodyView: z.ZodType<BodyView> = z
  .strictObject({ bytesBase64: z.base64(), text, charset: text, attributes: z.record(text, text) })
  .meta({ id: 'BodyView' })

export const eventView: z.ZodType<EventView> = z.strictObject({
  output: bodyView.nullable(),
  reply: bodyView.nullable(),
})

const treeNode: z.ZodType<TreeNode> = z
  .strictObject({
    path: text,
    name: maybe,
    value: maybe,
    get children() {
      return z.array(treeNode)
    },
  })
  .meta({ id: 'TreeNode' })

export const parsedTree: z.ZodType<ParsedTree> = z.strictObject({
  issues: z.array(z.strictObject({ code: text, severity: text, path: maybe, text })),
  segments: z.array(treeNode),
})

export const trace: z.ZodType<Trace> = z.strictObject({
  revision: text,
  exact: z.boolean(),
  steps: z.array(
    z.strictObject({
      name: text,
      kind: text,
      outcome: z.enum(['passed', 'dropped', 'failed', 'output']),
      text: maybe,
      after: maybe,
    }),
  ),
})

export const verbResult: z.ZodType<VerbResult> = z.strictObject({ messageId: id, newMessageId: id.nullable() })

const deadLetterGroup: z.ZodType<DeadLetterGroup> = z.strictObject({
  key: text,
  route: text,
  destination: maybe,
  step: maybe,
  code: text,
  text,
  count,
  firstAt: time,
  lastAt: time,
})
export const deadLetterGroups: z.ZodType<readonly DeadLetterGroup[]> = z.array(deadLetterGroup)

const deadLetter: z.ZodType<DeadLetter> = z.strictObject({
  messageId: id,
  eventId: count,
  at: time,
  route: text,
  destination: maybe,
  part: count,
  step: maybe,
  type: maybe,
  controlId: maybe,
  code: text,
  text,
  attempts: count,
})
export const deadLetterPage: z.ZodType<Page<DeadLetter>> = page(deadLetter)

export const job: z.ZodType<Job> = z
  .strictObject({
    id,
    verb: z.enum(['reprocess', 'reinject', 'discard', 'resend']),
    state: z.enum(['running', 'paused', 'done', 'cancelled', 'failed']),
    total: count,
    done: count,
    failed: count,
    startedAt: time,
    endedAt: time.nullable(),
    actor: text,
    reason: text,
    lastError: maybe,
  })
  .meta({ id: 'Job' })
export const jobs: z.ZodType<readonly Job[]> = z.array(job)
export const jobPreview: z.ZodType<JobPreview> = z.strictObject({ count, sample: z.array(messageSummary) })
export const jobOrPreview: z.ZodType<Job | JobPreview> = z.union([job, jobPreview])

const refusal: z.ZodType<RefusalView> = z.strictObject({
  id,
  at: time,
  route: text,
  endpoint: text,
  peer: text,
  code: text,
  text,
  bytes: count,
})
export const refusalPage: z.ZodType<Page<RefusalView>> = page(refusal)

const endpointFields = {
  endpoint: text,
  connector: text,
  address: text,
  status: z.enum(['up', 'down', 'connecting', 'idle']),
  since: time.exactOptional(),
  connections: count,
  counters: z.record(text, z.number()),
  lastError: z.strictObject({ code: text, text, at: time }).nullable(),
  system: maybe,
}
const endpointStatus: z.ZodType<EndpointStatus> = z.strictObject(endpointFields)
const destinationStatus: z.ZodType<DestinationStatus> = z.strictObject({
  ...endpointFields,
  name: text,
  waiting: count,
  inFlight: count,
  held: count,
  lagMs: rate,
  circuit: z.enum(['closed', 'open', 'half-open']),
  deliveredPerSecond: rate,
  failedPerSecond: rate,
  latencyMs: z.strictObject({ p50: rate, p95: rate, p99: rate }).nullable(),
})

const routeStatus: z.ZodType<RouteStatus> = z
  .strictObject({
    name: text,
    version: text,
    revision: text,
    owner: text,
    purpose: text,
    state: z.enum(['running', 'stopped', 'failed']),
    source: endpointStatus,
    destinations: z.array(destinationStatus),
    receivedPerSecond: rate,
    recentPerSecond: z.array(rate).exactOptional(),
    totals: z.strictObject({ received: count, delivered: count, filtered: count, duplicate: count, dead: count }),
  })
  .meta({ id: 'RouteStatus' })
export const routeStatuses: z.ZodType<readonly RouteStatus[]> = z.array(routeStatus)

export const routeGraph: z.ZodType<RouteGraph> = z.strictObject({
  name: text,
  version: text,
  owner: text,
  purpose: text,
  description: maybe,
  nodes: z.array(z.strictObject({ id: text, kind: text, label: text, detail: maybe })),
  edges: z.array(z.strictObject({ from: text, to: text })),
})

const deploymentFields = {
  id,
  at: time,
  actor: text,
  reason: text,
  state: z.enum(['applying', 'current', 'superseded', 'failed']),
  rolledBackTo: id.nullable(),
  error: maybe,
  routes: z.array(z.strictObject({ name: text, revision: text, file: text })),
}
const deployment: z.ZodType<DeploymentView> = z.strictObject(deploymentFields).meta({ id: 'Deployment' })
export const deploymentPage: z.ZodType<Page<DeploymentView>> = page(deployment)
export const deploymentProgress: z.ZodType<DeploymentProgress> = z.strictObject({
  ...deploymentFields,
  running: z.array(z.strictObject({ route: text, revision: maybe })),
  processes: z.array(z.strictObject({ name: text, deployment: id.nullable(), error: maybe })),
})

export const deploymentPlan: z.ZodType<DeploymentPlanView> = z.strictObject({
  id: text,
  createdAt: time,
  contents: z.boolean(),
  warnings: z.array(text),
  routes: z.array(
    z.strictObject({
      name: text,
      change: z.enum(['added', 'removed', 'changed', 'same']),
      from: maybe,
      to: maybe,
      dependsOn: z.array(text),
      simulated: count,
      same: count,
      different: z.array(
        z.strictObject({
          messageId: id,
          kind: z.enum(['output', 'drop', 'failure', 'extra', 'missing']),
          destination: maybe,
          part: count,
          before: maybe,
          after: maybe,
          paths: z.array(text),
        }),
      ),
      failures: z.array(z.strictObject({ messageId: id, text })),
    }),
  ),
})

export const systemStatus: z.ZodType<SystemStatus> = z.strictObject({
  version: text,
  startedAt: time,
  now: time,
  database: z.strictObject({ kind: z.enum(['embedded', 'external']), version: text, bytes: count }),
  routes: z.array(routeStatus),
  deadLetters: count,
  refusals: count,
  memoryBytes: count,
})

export const sessionView: z.ZodType<SessionView> = z.strictObject({
  user: text,
  roles: z.array(text),
  permissions: z.array(text),
})

const tokenFacts: z.ZodType<TokenFacts> = z
  .strictObject({
    id: text,
    name: text,
    roles: z.array(text),
    createdAt: time,
    createdBy: text,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'Token' })
export const tokenList: z.ZodType<readonly TokenFacts[]> = z.array(tokenFacts)
const userFacts: z.ZodType<UserFacts> = z.strictObject({
  name: text,
  roles: z.array(text),
  createdAt: time,
  passwordChangedAt: time,
  signedInAt: time.nullable(),
})
export const userList: z.ZodType<readonly UserFacts[]> = z.array(userFacts)

export const newToken: z.ZodType<NewToken> = z.strictObject({ facts: tokenFacts, token: text })
export const newPassword: z.ZodType<NewPassword> = z.strictObject({ user: text, password: text })

const auditView: z.ZodType<AuditView> = z.strictObject({
  id: count,
  at: time,
  actor: text,
  actorKind: text,
  action: text,
  subject: z.strictObject({ kind: text, id: text }).nullable(),
  outcome: text,
  purpose: maybe,
  detail: z.record(text, z.union([text, z.number(), z.boolean()])),
  address: maybe,
})
export const auditPage: z.ZodType<Page<AuditView>> = page(auditView)

export const errorBody: z.ZodType<ErrorBody> = z
  .strictObject({
    error: z.strictObject({
      code: text,
      category: text,
      message: text,
      issues: z.array(z.strictObject({ code: text, path: text.exactOptional(), text })).exactOptional(),
    }),
  })
  .meta({ id: 'Error' })
