import { SambandError } from '@samband/errors'
import { auditPage, newPassword, newToken, tokenList, userList } from '../answers.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { notFound } from '../http/http-error.ts'
import { auditSearch, namePath, nothing, tokenPath, tokenRequest, userRequest } from '../schemas.ts'

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
    method: 'GET',
    path: '/users',
    summary: 'Who may sign in, and as what',
    requires: 'users:manage',
    answer: userList,
    handle: async ({ context }) => await context.access.users(),
  }),
  endpoint({
    method: 'POST',
    path: '/users',
    summary: 'A new user with a generated password, shown this once',
    requires: 'users:manage',
    body: userRequest,
    answer: newPassword,
    audit: ({ body }) => ({
      action: 'user-create',
      subject: { kind: 'user', id: body.name },
      detail: { roles: body.roles.join(' ') },
    }),
    handle: async ({ context, body }) => ({
      user: body.name,
      password: await context.access.createUser(body.name, body.roles),
    }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/users/:name',
    summary: 'Remove a user and end every session; the last administrator stays',
    requires: 'users:manage',
    params: namePath,
    body: nothing,
    answer: null,
    audit: ({ params }) => ({ action: 'user-remove', subject: { kind: 'user', id: params.name } }),
    async handle({ context, params }) {
      if (await context.access.removeUser(params.name)) return
      const known = (await context.access.users()).some(({ name }) => name === params.name)
      if (!known) throw notFound('user')
      throw new SambandError({
        code: 'last-administrator',
        category: 'conflict',
        message: `${params.name} is the last administrator: make another one first`,
      })
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
