import { type Access, openAccess, type TokenFacts, type UserFacts } from '@samband/access'
import { type Audit, openAudit, type RecordedAuditEvent } from '@samband/audit'
import type {
  AccessPort,
  AuditSearch,
  AuditView,
  TokenFacts as TokenView,
  UserFacts as UserView,
} from '@samband/operations'
import type { Database } from '@samband/store'
import type { Deployment } from '../config/load-config.ts'

export type OpenAccess = {
  readonly port: AccessPort
  /** Removes what is older from the audit log. Returns how many lines went. */
  readonly pruneAudit: (before: Date) => Promise<number>
  readonly close: () => Promise<void>
}

const sweepEveryMs = 3_600_000
const minuteMs = 60_000
const hourMs = 3_600_000

export type AccessFacts = {
  readonly db: Database
  readonly config: Deployment
  /** 0..31, unique among the processes of the tenant: part of the ids of audit lines. */
  readonly node: number
  /** Keyed hash of a patient id, as the engine and the audit log use it. */
  readonly patientIndex: (patientId: string) => number
}

/** Access and audit of @samband, fitted to what the operations API asks for. */
export async function openAccessPort({ db, config, node, patientIndex }: AccessFacts): Promise<OpenAccess> {
  const { tenant, security } = config
  const access = await openAccess({
    db,
    tenant,
    now: Date.now,
    limits: { sessionMs: security.sessionHours * hourMs, sessionIdleMs: security.sessionIdleMinutes * minuteMs },
  })
  const audit = await openAudit({ db, tenant, node, now: Date.now })
  const timer = setInterval(() => {
    // An expired session is refused anyway; this only tidies up.
    access.sweep().catch(() => {})
  }, sweepEveryMs)
  timer.unref()
  return {
    port: portOf(access, audit, patientIndex),
    pruneAudit: async before => {
      // Pruning is itself an event: nothing to prune, nothing to tell.
      const { events } = await audit.search({ to: before, limit: 1 })
      return events.length === 0 ? 0 : await audit.prune(before, { actor: 'system', actorKind: 'system' })
    },
    close: async () => {
      clearInterval(timer)
      await audit.close()
    },
  }
}

function portOf(access: Access, audit: Audit, patientIndex: AccessFacts['patientIndex']): AccessPort {
  return {
    signIn: async (name, password, address) => {
      const result = await access.login(name, password, { address })
      return result.ok ? { ok: true, ...result.session } : result
    },
    session: token => access.verifySession(token),
    signOut: token => access.logout(token),
    bearer: token => access.verifyToken(token),
    createToken: async request => {
      const { facts, token } = await access.createToken(request)
      return { facts: tokenView(facts), token }
    },
    tokens: async () => (await access.listTokens()).map(tokenView),
    revokeToken: id => access.revokeToken(id),
    users: async () => (await access.listUsers()).map(userView),
    createUser: async (name, roles) => (await access.createUser(name, roles)).password,
    removeUser: name => access.removeUser(name),
    changePassword: (...change) => access.changePassword(...change),
    resetPassword: name => access.resetPassword(name),
    searchAudit: async search => {
      const { events, next } = await audit.search(auditQuery(search, patientIndex))
      return { items: events.map(auditView), nextCursor: next === undefined ? null : String(next) }
    },
    audit: event => audit.record(event),
  }
}

function tokenView({ createdAt, expiresAt, lastUsedAt, ...facts }: TokenFacts): TokenView {
  return {
    ...facts,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}

function userView({ createdAt, passwordChangedAt, signedInAt, ...facts }: UserFacts): UserView {
  return {
    ...facts,
    createdAt: createdAt.toISOString(),
    passwordChangedAt: passwordChangedAt.toISOString(),
    signedInAt: signedInAt?.toISOString() ?? null,
  }
}

function auditQuery(search: AuditSearch, patientIndex: AccessFacts['patientIndex']): Parameters<Audit['search']>[0] {
  const { actor, action, patientId, messageId, from, to, limit, cursor } = search
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(patientId === undefined ? {} : { patient: patientIndex(patientId) }),
    ...(messageId === undefined ? {} : { subject: { kind: 'message', id: String(messageId) } }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined || !/^\d{1,16}$/.test(cursor) ? {} : { before: Number(cursor) }),
  }
}

function auditView({ id, at, actor, actorKind, action, outcome, ...rest }: RecordedAuditEvent): AuditView {
  return {
    id,
    at: at.toISOString(),
    actor,
    actorKind,
    action,
    outcome,
    subject: rest.subject ?? null,
    purpose: rest.purpose ?? null,
    detail: rest.detail ?? {},
    address: rest.address ?? null,
  }
}
