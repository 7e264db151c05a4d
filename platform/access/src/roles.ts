/**
 * Who may do what. A role is a set of permissions; whatever is protected asks for one permission, never for a role, so
 * that a new role needs no change in any endpoint.
 */
import { SambandError } from '@samband/errors'

export const permissions = [
  /** Rates, queues, endpoints, jobs, refusals without their bytes. */
  'status:read',
  /** Lists and headers of messages: type, control id, when, where it went. No content. */
  'messages:search',
  /** Content of messages: bytes, parsed tree, trace, answers. Audited. */
  'messages:body',
  /** reinject, reprocess, redirect, resend */
  'messages:replay',
  'messages:edit',
  'messages:discard',
  'jobs:run',
  /** Plan, apply and roll back routes. A plan shows contents only together with `messages:body`. */
  'routes:deploy',
  'tokens:manage',
  'users:manage',
  /** The audit log: who did what, for the privacy officer. */
  'audit:read',
  /** Every resource of the FHIR server: reads, searches, history. Audited. */
  'fhir:read',
  /** Making, changing and deleting them. Audited. */
  'fhir:write',
] as const

export type Permission = (typeof permissions)[number]

export const roles = [
  'administrator',
  'operator',
  'reader',
  'monitor',
  'deployer',
  'auditor',
  'fhir-reader',
  'fhir-writer',
] as const
export type Role = (typeof roles)[number]

export const permissionsOfRole: Readonly<Record<Role, readonly Permission[]>> = {
  administrator: permissions,
  /** Runs the day: sees content, repairs and replays. */
  operator: [
    'status:read',
    'messages:search',
    'messages:body',
    'messages:replay',
    'messages:edit',
    'messages:discard',
    'jobs:run',
    'fhir:read',
  ],
  /** Looks into messages and resources, changes nothing. */
  reader: ['status:read', 'messages:search', 'messages:body', 'fhir:read'],
  /** A wall screen or a monitoring system: no patient data at all. */
  monitor: ['status:read'],
  /** A pipeline that applies routes: counts and paths of what would change, no content. */
  deployer: ['status:read', 'routes:deploy'],
  /** The privacy officer: sees who looked, not what they saw. */
  auditor: ['status:read', 'audit:read'],
  /** A program that reads the FHIR server, and nothing else. */
  'fhir-reader': ['fhir:read'],
  /** A program that also writes there. */
  'fhir-writer': ['fhir:read', 'fhir:write'],
}

/** Roles that this version does not know give nothing. */
export function permissionsOf(held: readonly string[]): ReadonlySet<Permission> {
  return new Set(held.filter(isRole).flatMap(role => permissionsOfRole[role]))
}

export function isRole(name: string): name is Role {
  return (roles as readonly string[]).includes(name)
}

/** @throws SambandError `role-unknown` */
export function parseRoles(names: readonly string[]): Role[] {
  const unknown = names.find(name => !isRole(name))
  if (unknown === undefined && names.length > 0) return [...new Set(names.filter(isRole))]
  throw new SambandError({
    code: 'role-unknown',
    category: 'incorrect',
    message: `${unknown === undefined ? 'no role was given' : `there is no role ${JSON.stringify(unknown)}`}: use one of ${roles.join(', ')}`,
  })
}
