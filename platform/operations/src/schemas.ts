/** The requests of the operations API, strict: an unknown key is an error with its name. */

import { roles } from '@samband/access'
import type { JobRequest, MessageSearch, VerbRequest } from '@samband/engine'
import { z } from 'zod'
import type { AuditSearch } from './access-port.ts'

const idMax = Number.MAX_SAFE_INTEGER

/** An id in a path: digits only, a safe integer. */
const idInPath = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'must be a positive whole number')
  .transform(Number)
  .refine(id => id <= idMax, 'must be a positive whole number')

const id = z.int().min(1).max(idMax)
const routeName = z.string().min(1).max(200)
const shortText = z.string().min(1).max(500)
const cursor = z.string().min(1).max(500)
const rowsMax = 500
const limit = z.int().min(1).max(rowsMax)
const time = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time with zone, as 2026-01-31T08:00:00Z' })
const base64 = z.base64({ error: 'must be base64' })

export const messagePath: z.ZodType<{ id: number }> = z.strictObject({ id: idInPath })
export const eventPath: z.ZodType<{ id: number; eventId: number }> = z.strictObject({ id: idInPath, eventId: idInPath })
export const jobPath: z.ZodType<{ id: number }> = messagePath
export const refusalPath: z.ZodType<{ id: number }> = messagePath
export const routePath: z.ZodType<{ name: string }> = z.strictObject({ name: routeName })
export const namePath: z.ZodType<{ name: string }> = z.strictObject({ name: z.string().min(1).max(200) })
export const tokenPath: z.ZodType<{ id: string }> = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) })
export const controlPath: z.ZodType<{ id: number; control: 'pause' | 'resume' | 'cancel' }> = z.strictObject({
  id: idInPath,
  control: z.enum(['pause', 'resume', 'cancel']),
})

/** Optional keys that were left out stay left out, as `exactOptionalPropertyTypes` asks. */
type Exact<T> = z.ZodType<T>

export const messageSearch: Exact<MessageSearch> = z.strictObject({
  route: routeName.exactOptional(),
  type: z.string().min(1).max(100).exactOptional(),
  controlId: z.string().min(1).max(200).exactOptional(),
  patientId: z.string().min(1).max(200).exactOptional(),
  status: z.enum(['waiting', 'held', 'delivered', 'filtered', 'duplicate', 'dead', 'discarded']).exactOptional(),
  from: time.exactOptional(),
  to: time.exactOptional(),
  limit: limit.exactOptional(),
  cursor: cursor.exactOptional(),
})

const reason = z.string().trim().min(1, 'must say why: it is kept with the act').max(500)

export const verbRequest: Exact<VerbRequest> = z.strictObject({
  reason,
  destination: z.string().min(1).max(200).exactOptional(),
  part: z.int().min(0).exactOptional(),
  target: z.string().min(1).max(400).exactOptional(),
  bodyBase64: base64.exactOptional(),
  revision: z.enum(['original', 'current']).exactOptional(),
})

export const deadLetterGroupFilter: Exact<{ route?: string }> = z.strictObject({ route: routeName.exactOptional() })

export const deadLetterSearch: Exact<{ group?: string; route?: string; limit?: number; cursor?: string }> =
  z.strictObject({
    group: shortText.exactOptional(),
    route: routeName.exactOptional(),
    limit: limit.exactOptional(),
    cursor: cursor.exactOptional(),
  })

export const refusalSearch: Exact<{ route?: string; limit?: number; cursor?: string }> = z.strictObject({
  route: routeName.exactOptional(),
  limit: limit.exactOptional(),
  cursor: cursor.exactOptional(),
})

/** Messages that one job may name one by one; more are selected by search or by group. */
const namedMessagesMax = 10_000
const perSecondMax = 10_000

const selectors = ['deadLetterGroup', 'route', 'messages', 'search'] as const

export const jobRequest: Exact<JobRequest> = z.strictObject({
  verb: z.enum(['reprocess', 'reinject', 'discard', 'resend']),
  select: z
    .strictObject({
      deadLetterGroup: shortText.exactOptional(),
      route: routeName.exactOptional(),
      messages: z.array(id).min(1).max(namedMessagesMax).exactOptional(),
      search: messageSearch.exactOptional(),
    })
    .refine(select => selectors.some(key => select[key] !== undefined), {
      error: `must name what to take: one of ${selectors.join(', ')}`,
    }),
  reason,
  dryRun: z.boolean().exactOptional(),
  confirmCount: z.int().min(0).exactOptional(),
  perSecond: z.int().min(1).max(perSecondMax).exactOptional(),
})

const messagesPlannedMax = 10_000
const deploymentId = z.int().min(1)

export const deploymentPath: z.ZodType<{ id: number }> = messagePath

export const planRequest: Exact<{ messages?: number; deployment?: number }> = z.strictObject({
  messages: z.int().min(0).max(messagesPlannedMax).exactOptional(),
  deployment: deploymentId.exactOptional(),
})

export const applyRequest: Exact<{ plan?: string; reason: string }> = z.strictObject({
  plan: z
    .string()
    .regex(/^[0-9a-f]{12}$/, 'must be the id of a plan, as samband plan shows it')
    .exactOptional(),
  reason,
})

export const rollbackRequest: Exact<{ deployment?: number; reason: string }> = z.strictObject({
  deployment: deploymentId.exactOptional(),
  reason,
})

export const deploymentSearch: Exact<{ limit?: number; cursor?: string }> = z.strictObject({
  limit: limit.exactOptional(),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the nextCursor of the page before')
    .exactOptional(),
})

export const signInRequest: z.ZodType<{ name: string; password: string }> = z.strictObject({
  name: z.string().min(1).max(200),
  password: z.string().min(1).max(1_000),
})

export const userRequest: z.ZodType<{ name: string; roles: string[] }> = z.strictObject({
  name: z.string().min(1).max(64),
  roles: z.array(z.enum(roles)).min(1),
})

export const passwordChange: z.ZodType<{ oldPassword: string; newPassword: string }> = z.strictObject({
  oldPassword: z.string().min(1).max(1_000),
  newPassword: z.string().min(1).max(1_000),
})

export const auditSearch: Exact<AuditSearch> = z.strictObject({
  actor: z.string().min(1).max(200).exactOptional(),
  action: z.string().min(1).max(100).exactOptional(),
  patientId: z.string().min(1).max(200).exactOptional(),
  messageId: id.exactOptional(),
  from: time.exactOptional(),
  to: time.exactOptional(),
  limit: limit.exactOptional(),
  cursor: cursor.exactOptional(),
})

const tokenDaysMax = 3_650

export const tokenRequest: z.ZodType<{ name: string; roles: string[]; expiresInDays?: number }> = z.strictObject({
  name: z.string().trim().min(1).max(100),
  roles: z.array(z.enum(roles)).min(1),
  expiresInDays: z.int().min(1).max(tokenDaysMax).exactOptional(),
})

/** An act without further facts: nothing, or an empty object. */
export const nothing: z.ZodType<undefined | Record<string, never> | null> = z.union([
  z.undefined(),
  z.null(),
  z.strictObject({}),
])
