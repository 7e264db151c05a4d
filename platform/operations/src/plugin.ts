import fastifyCookie from '@fastify/cookie'
import { categoryTable } from '@samband/errors'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Principal } from './access-port.ts'
import type { OperationsContext, OperationsOptions } from './context.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { authenticate, authorise, type Requirement, sessionCookieName } from './http/authentication.ts'
import { errorAnswer, invalidRequest, unknownPath } from './http/http-error.ts'
import { StatusEvents } from './http/status-events.ts'
import { defaultOperationsLimits } from './limits.ts'
import { openApiDescription } from './openapi.ts'
import { schemaIssues } from './schema-issues.ts'
import { statusReader } from './system-status.ts'

/**
 * The operations API: /healthz and /readyz for whoever watches the process, everything else below /api/v1 behind a
 * login or a token. Security headers are the root's affair (`addSecurityHeaders`), so that they cover static files too.
 */
export const operationsPlugin: FastifyPluginAsync<OperationsOptions> = async (server, options) => {
  const context = contextOf(options)
  const events = new StatusEvents(context)
  const principals = new WeakMap<FastifyRequest, Principal>()
  // Streams would keep the server from closing.
  server.addHook('preClose', async () => await events.close())
  addHealth(server, context)
  await server.register(
    async api => {
      // JSON only: a form of another site can send text/plain, but not this.
      api.removeContentTypeParser('text/plain')
      await api.register(fastifyCookie)
      api.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store')
      })
      api.setErrorHandler((thrown, _request, reply) => sendError(context, reply, thrown))
      api.setNotFoundHandler((_request, reply) => sendError(context, reply, unknownPath()))
      const guard = (requirement: Requirement) => async (request: FastifyRequest) => {
        // Before the body is read: what nobody may send is not taken in.
        const principal = await authenticate(request, context.access, context.cookieName)
        authorise(principal, requirement)
        if (principal !== undefined) principals.set(request, principal)
      }
      for (const endpoint of endpoints) addEndpoint(api, context, endpoint, guard, principals)
      addEvents(api, context, events, guard)
      const description = openApiDescription(endpoints, context.version)
      api.get('/openapi.json', { onRequest: guard('signed-in') }, async () => description)
    },
    { prefix: '/api/v1' },
  )
}

type Guard = (requirement: Requirement) => (request: FastifyRequest) => Promise<void>

const nobody: Principal = { name: 'anonymous', roles: [], kind: 'person' }

function contextOf(options: OperationsOptions): OperationsContext {
  const now = options.now ?? Date.now
  const limits = { ...defaultOperationsLimits, ...options.limits }
  const startedAt = new Date(now())
  return {
    ...options,
    now,
    limits,
    startedAt,
    cookieName: sessionCookieName(options.tls),
    status: statusReader(options, startedAt, now),
  }
}

function addEndpoint(
  api: FastifyInstance,
  context: OperationsContext,
  endpoint: Endpoint,
  guard: Guard,
  principals: WeakMap<FastifyRequest, Principal>,
): void {
  api.route({
    method: endpoint.method,
    url: endpoint.path,
    bodyLimit: context.limits[endpoint.bodyBytesMax ?? 'requestBytesMax'],
    exposeHeadRoute: false,
    onRequest: guard(endpoint.requires),
    async handler(request, reply) {
      const principal = principals.get(request) ?? nobody
      const params = parsed(endpoint.params, request.params, 'path')
      const body = parsed(endpoint.body, request.body, 'body')
      const audit = (outcome: 'success' | 'failure', code?: string): Promise<void> =>
        record(context, endpoint, { params, body }, principal, request.ip, outcome, code)
      let answer: unknown
      try {
        answer = await endpoint.handle({ context, params, body, principal, request, reply })
      } catch (thrown) {
        await audit('failure', errorAnswer(thrown).error.code)
        throw thrown
      }
      // Not written is not answered: what leaves here can be accounted for.
      await audit('success')
      if (endpoint.answer === null) return reply.code(204).send()
      return reply.send(answer)
    },
  })
}

function parsed(schema: z.ZodType | undefined, input: unknown, where: 'path' | 'body'): unknown {
  if (schema === undefined) return undefined
  const result = schema.safeParse(input)
  if (!result.success) throw invalidRequest(where, schemaIssues(result.error, schema))
  return result.data
}

async function record(
  context: OperationsContext,
  endpoint: Endpoint,
  input: { readonly params: unknown; readonly body: unknown },
  principal: Principal,
  address: string,
  outcome: 'success' | 'failure',
  code: string | undefined,
): Promise<void> {
  const facts = endpoint.audit?.(input)
  if (facts === undefined) return
  const patientId = searchedPatient(input.body)
  const detail = { ...facts.detail, ...(code === undefined ? {} : { code }) }
  await context.access.audit({
    actor: principal.name,
    actorKind: principal.kind,
    action: facts.action,
    outcome,
    address,
    ...(facts.subject === undefined ? {} : { subject: facts.subject }),
    ...(facts.purpose === undefined ? {} : { purpose: facts.purpose }),
    ...(patientId === undefined ? {} : { patient: context.patientIndex(patientId) }),
    ...(Object.keys(detail).length === 0 ? {} : { detail }),
  })
}

/** The patient id of a message search, also of one within a job's selection. */
function searchedPatient(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if ('patientId' in body && typeof body.patientId === 'string') return body.patientId
  if ('select' in body) return searchedPatient(body.select)
  return 'search' in body ? searchedPatient(body.search) : undefined
}

function addEvents(api: FastifyInstance, context: OperationsContext, events: StatusEvents, guard: Guard): void {
  api.get('/events', { onRequest: guard('status:read'), exposeHeadRoute: false }, async (request, reply) => {
    events.listen(reply, async () => {
      try {
        authorise(await authenticate(request, context.access, context.cookieName), 'status:read')
        return true
      } catch {
        return false
      }
    })
  })
}

function addHealth(server: FastifyInstance, context: OperationsContext): void {
  server.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ ok: true }))
  server.get('/readyz', async (_request, reply) => {
    const failed = context.engine.routes().some(({ state }) => state === 'failed')
    const reachable = await context.database.ping().then(
      () => true,
      () => false,
    )
    const ready = reachable && !failed
    return reply
      .header('cache-control', 'no-store')
      .code(ready ? 200 : 503)
      .send({ ok: ready })
  })
}

/** Every error answer of the server has this shape; the app uses it for its own paths too. */
export function sendError(context: Pick<OperationsOptions, 'log'>, reply: FastifyReply, thrown: unknown): FastifyReply {
  const { status, headers, body, error } = errorAnswer(thrown)
  if (categoryTable[error.category].logLevel === 'error') {
    // The text of a foreign error may quote data: its name and place in the code are enough to find it.
    const cause = error.cause instanceof Error ? error.cause : error
    context.log.error('request-failed', { code: error.code, kind: cause.name, at: firstFrame(cause) })
  }
  return reply.code(status).headers(headers).send(body)
}

function firstFrame(error: Error): string {
  return (
    (error.stack ?? '')
      .split('\n')
      .find(line => line.trimStart().startsWith('at '))
      ?.trim() ?? ''
  )
}
