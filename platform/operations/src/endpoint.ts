import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { AuditDetail, AuditSubject } from '@samband/audit'
import type { Principal } from './access-port.ts'
import type { OperationsContext } from './context.ts'
import type { Requirement } from './http/authentication.ts'
import type { OperationsLimits } from './limits.ts'

/**
 * One endpoint as data: the plugin registers it, the OpenAPI description is made from it, and the tests walk over it
 * (every endpoint is tried without login and with every role).
 */
export type Endpoint = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below /api/v1, with `:name` for what `params` parses. */
  readonly path: string
  readonly summary: string
  readonly requires: Requirement
  readonly params?: z.ZodType
  readonly body?: z.ZodType
  readonly bodyBytesMax?: keyof OperationsLimits
  /** Shape of the answer; null is an empty 204. Described, and checked by tests; the types guard it at compile time. */
  readonly answer: z.ZodType | null
  /** Present: this touches patient data or changes something, and is written to the audit log before the answer leaves. */
  readonly audit?: (input: { readonly params: unknown; readonly body: unknown }) => AuditFacts | undefined
  readonly handle: (input: EndpointInput<unknown, unknown>) => Promise<unknown>
}

export type AuditFacts = {
  /** kebab-case: 'message-body-read', 'message-resend', 'sign-in' ... */
  readonly action: string
  readonly subject?: AuditSubject
  /** Why, as the actor says. */
  readonly purpose?: string
  /** Without patient data. */
  readonly detail?: AuditDetail
}

export type EndpointInput<Params, Body> = {
  readonly context: OperationsContext
  readonly params: Params
  readonly body: Body
  /** 'anonymous' without roles where the endpoint requires nobody. */
  readonly principal: Principal
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type TypedEndpoint<Params, Body, Answer> = Omit<Endpoint, 'params' | 'body' | 'answer' | 'audit' | 'handle'> & {
  readonly params?: z.ZodType<Params>
  readonly body?: z.ZodType<Body>
  readonly answer: z.ZodType<Answer> | null
  readonly audit?: (input: { readonly params: Params; readonly body: Body }) => AuditFacts | undefined
  readonly handle: (input: EndpointInput<Params, Body>) => Promise<Answer>
}

/** Fixes the types of one endpoint, then forgets them: what is handed to `handle` was parsed by its own schemas. */
export function endpoint<Params = undefined, Body = undefined, Answer = unknown>(
  definition: TypedEndpoint<Params, Body, Answer>,
): Endpoint {
  return definition as unknown as Endpoint
}
