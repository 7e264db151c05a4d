import { auditPage, newPassword, newToken, tokenList } from '../answers.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { auditSearch, namePath, nothing, tokenPath, tokenRequest } from '../schemas.ts'

const dayMs = 86_400_000

export const administrationEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/audit/search',
    summary: 'The audit log, newest first: who did what, with which message, from where',
    requires: 'audit:read',
    body: auditSearch,
    answer: auditPage,
    // Reading it is itself an event.
    audit: ({ body }) => ({
      action: 'audit-read',
      ...(body.messageId === undefined ? {} : { subject: { kind: 'message', id: String(body.messageId) } }),
    }),
    handle: async ({ context, body }) => await context.access.searchAudit(body),
  }),
  endpoint({
    method: 'GET',
    path: '/tokens',
    summary: 'Tokens of programs, without the tokens themselves',
    requires: 'tokens:manage',
    answer: tokenList,
    handle: async ({ context }) => await context.access.tokens(),
  }),
  endpoint({
    method: 'POST',
    path: '/tokens',
    summary: 'A new token, shown this once',
    requires: 'tokens:manage',
    body: tokenRequest,
    answer: newToken,
    audit: ({ body }) => ({ action: 'token-create', detail: { name: body.name, roles: body.roles.join(' ') } }),
    handle: async ({ context, body, principal }) =>
      await context.access.createToken({
        name: body.name,
        roles: body.roles,
        expiresAt: body.expiresInDays === undefined ? null : new Date(context.now() + body.expiresInDays * dayMs),
        createdBy: principal.name,
      }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/tokens/:id',
    summary: 'Revoke a token at once',
    requires: 'tokens:manage',
    params: tokenPath,
    body: nothing,
    answer: null,
    audit: ({ params }) => ({ action: 'token-revoke', subject: { kind: 'token', id: params.id } }),
    async handle({ context, params }) {
      if (!(await context.access.revokeToken(params.id))) throw notFound('token')
    },
  }),
  endpoint({
    method: 'POST',
    path: '/users/:name/reset-password',
    summary: 'A new generated password, shown this once; every session of that user ends',
    requires: 'users:manage',
    params: namePath,
    body: nothing,
    answer: newPassword,
    audit: ({ params }) => ({ action: 'password-reset', subject: { kind: 'user', id: params.name } }),
    async handle({ context, params }) {
      const password = await context.access.resetPassword(params.name)
      if (password === undefined) throw notFound('user')
      return { user: params.name, password }
    },
  }),
]
