import type { SessionView } from '@samband/operations/contract'

/** What a person may do in the console, in the console's own words. */
export type Ability = 'search' | 'read-body' | 'replay' | 'edit' | 'discard' | 'run-job'

export type AbilityCheck = { readonly allowed: true } | { readonly allowed: false; readonly why: string }

/** The server's permission behind each ability, and how to name it to someone who lacks it. */
const abilities: Readonly<Record<Ability, { readonly permission: string; readonly phrase: string }>> = {
  search: { permission: 'messages:search', phrase: 'look up messages' },
  'read-body': { permission: 'messages:body', phrase: 'read message contents' },
  replay: { permission: 'messages:replay', phrase: 'replay messages' },
  edit: { permission: 'messages:edit', phrase: 'edit and resend messages' },
  discard: { permission: 'messages:discard', phrase: 'discard messages' },
  'run-job': { permission: 'jobs:run', phrase: 'run bulk jobs' },
}

/** The server decides again on every request; this only spares a person the click. */
export function checkAbility(session: SessionView | null, ability: Ability): AbilityCheck {
  const { permission, phrase } = abilities[ability]
  if (!session) return { allowed: false, why: 'Sign in first.' }
  if (session.permissions.includes(permission) || session.permissions.includes('*')) return { allowed: true }
  const roles = session.roles.join(', ') || 'none'
  return { allowed: false, why: `Your role (${roles}) may not ${phrase}. It needs the permission ${permission}.` }
}
