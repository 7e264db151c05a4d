import { permissionsOf } from '@samband/access'
import type { Principal } from '../access-port.ts'
import { sessionView } from '../answers.ts'
import type { SessionView } from '../contract.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { HttpError } from '../http/http-error.ts'
import { nothing, passwordChange, signInRequest } from '../schemas.ts'

export const sessionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/session',
    summary: 'Sign in with name and password; sets the cookie',
    requires: 'anyone',
    body: signInRequest,
    answer: sessionView,
    async handle({ context, body: { name, password }, request, reply }) {
      const { access, cookieName, tls } = context
      const audit = (outcome: 'success' | 'failure', code?: string): Promise<void> =>
        access.audit({
          actor: name,
          actorKind: 'person',
          action: 'sign-in',
          outcome,
          address: request.ip,
          ...(code === undefined ? {} : { detail: { code } }),
        })
      const signedIn = await access.signIn(name, password, request.ip)
      if (!signedIn.ok) {
        const error = signedIn.reason === 'wrong' ? wrong() : throttled(signedIn.retryAfterMs)
        await audit('failure', error.code)
        throw error
      }
      await audit('success')
      reply.setCookie(cookieName, signedIn.sessionToken, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: tls,
        expires: signedIn.expiresAt,
      })
      return viewOf(signedIn.principal)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/session',
    summary: 'Who is signed in, and what they may do',
    requires: 'signed-in',
    answer: sessionView,
    handle: async ({ principal }) => viewOf(principal),
  }),
  endpoint({
    method: 'POST',
    path: '/session/password',
    summary: "Choose one's own password; every session ends, also this one",
    requires: 'signed-in',
    body: passwordChange,
    answer: null,
    audit: () => ({ action: 'password-change' }),
    async handle({ context, principal, body: { oldPassword, newPassword } }) {
      if (principal.kind !== 'person') throw personsOnly()
      if (!(await context.access.changePassword(principal.name, oldPassword, newPassword))) throw wrong()
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out',
    requires: 'signed-in',
    body: nothing,
    answer: null,
    async handle({ context, request, reply }) {
      const token = request.cookies[context.cookieName]
      if (token !== undefined) await context.access.signOut(token)
      reply.clearCookie(context.cookieName, { path: '/', httpOnly: true, sameSite: 'strict', secure: context.tls })
    },
  }),
]

function personsOnly(): HttpError {
  return new HttpError({
    status: 403,
    code: 'not-a-person',
    category: 'forbidden',
    message: 'a token has no password: sign in as the person',
  })
}

function wrong(): HttpError {
  return new HttpError({
    status: 401,
    code: 'sign-in-failed',
    category: 'forbidden',
    message: 'the name or the password is wrong',
  })
}

function throttled(retryAfterMs: number): HttpError {
  const seconds = Math.ceil(retryAfterMs / 1000)
  return new HttpError({
    status: 429,
    code: 'sign-in-throttled',
    category: 'busy',
    message: `too many wrong passwords: try again in ${seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`}`,
    headers: { 'retry-after': String(seconds) },
  })
}

function viewOf({ name, roles }: Principal): SessionView {
  return { user: name, roles, permissions: [...permissionsOf(roles)] }
}
