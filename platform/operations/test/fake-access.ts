import { randomBytes } from 'node:crypto'
import { SambandError } from '@samband/errors'
import type { AuditEvent } from '@samband/audit'
import type { AccessPort, Principal, TokenFacts } from '../src/access-port.ts'
import { type Role, roles } from '@samband/access'

export type FakeAccess = AccessPort & {
  readonly events: AuditEvent[]
  readonly sessions: Map<string, Principal>
  auditFails: boolean
  signIns: number
}

export const password = 'correct horse'

/** The bearer token of a role is `token-<role>`, the user of a role has its name. */
export function fakeAccess(): FakeAccess {
  const sessions = new Map<string, Principal>()
  const tokens = new Map<string, TokenFacts>()
  const access: FakeAccess = {
    events: [],
    sessions,
    auditFails: false,
    signIns: 0,
    signIn: async (name, given) => {
      access.signIns += 1
      if (given === 'too often') return { ok: false, reason: 'throttled', retryAfterMs: 899_100 }
      if (given !== password || !roleNames.has(name)) return { ok: false, reason: 'wrong' }
      const principal: Principal = { name, roles: [name], kind: 'person' }
      const sessionToken = randomBytes(8).toString('hex')
      sessions.set(sessionToken, principal)
      return { ok: true, principal, sessionToken, expiresAt: new Date('2099-01-01T00:00:00Z') }
    },
    session: async token => sessions.get(token),
    signOut: async token => {
      sessions.delete(token)
    },
    bearer: async token => {
      const role = token.replace(/^token-/, '')
      return roleNames.has(role) ? { name: role, roles: [role], kind: 'token' } : undefined
    },
    createToken: async ({ name, roles, expiresAt, createdBy }) => {
      const facts: TokenFacts = {
        id: `t${tokens.size + 1}`,
        name,
        roles,
        createdAt: '2026-01-01T00:00:00.000Z',
        createdBy,
        expiresAt: expiresAt?.toISOString() ?? null,
        lastUsedAt: null,
      }
      tokens.set(facts.id, facts)
      return { facts, token: 'secret' }
    },
    tokens: async () => [...tokens.values()],
    revokeToken: async id => tokens.delete(id),
    users: async () => [
      {
        name: 'admin',
        roles: ['administrator'],
        createdAt: '2026-01-01T00:00:00.000Z',
        passwordChangedAt: '2026-01-01T00:00:00.000Z',
        signedInAt: null,
      },
    ],
    createUser: async () => 'generated',
    removeUser: async name => name === 'kari',
    changePassword: async (_name, old) => old === password,
    resetPassword: async name => (name === 'admin' ? 'new password' : undefined),
    searchAudit: async () => ({ items: [], nextCursor: null }),
    audit: async event => {
      if (access.auditFails) {
        throw new SambandError({ code: 'audit-failed', category: 'unavailable', message: 'the audit log is closed' })
      }
      access.events.push(event)
    },
  }
  return access
}

const roleNames: ReadonlySet<string> = new Set<Role>(roles)
