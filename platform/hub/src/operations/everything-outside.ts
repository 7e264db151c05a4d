import type { Caller } from '../access/caller.ts'
import { sharedTypes } from '../access/patient-reach.ts'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { parseStored } from '../http/subset-text.ts'
import { nameOf } from '../storage/hub-store.ts'
import { securityContextOf } from '../storage/security-context.ts'
import type { ResourceName, StoredResource } from '../storage/stored.ts'
import { linksIn } from './everything-links.ts'
import { compare } from './everything-members.ts'

export type OutsideRequest = {
  readonly caller: Caller
  /** `Type/id` of what the members are, the focus included. */
  readonly members: ReadonlySet<string>
  /** What they refer to. */
  readonly mentioned: ReadonlyMap<string, ResourceName>
  /** Whose data it may be; another patient's is left out. */
  readonly patients: ReadonlySet<string>
}

export type Outside = StoredResource & { readonly content: string }

/** Rows of one batch of reads. */
const readsAtOnce = 500

/**
 * What supports the members of a compartment without being in it, each once, in the order of type and id: all that they
 * refer to, and what of those are no one's (an organization's parent, a role's practitioner) refers to in turn, for
 * `includeRoundsMax` rounds. What is another patient's is left out even for who may see it: it belongs into no one else's
 * record.
 */
export async function outsideOf(context: HubContext, request: OutsideRequest): Promise<readonly Outside[]> {
  const { caller, members, mentioned } = request
  const seen = new Set(members)
  const found: Outside[] = []
  let wanted = [...mentioned.values()]
  for (let round = 0; wanted.length > 0 && round <= context.limits.includeRoundsMax; round += 1) {
    const fresh = wanted.filter(name => {
      const isNew = !seen.has(nameOf(name))
      seen.add(nameOf(name))
      return isNew && caller.access('read', name.type) !== 'none'
    })
    const read = (await readAll(context, fresh)).filter(each => belongs(context, request, each))
    found.push(...read)
    wanted = read.flatMap(({ content }) => [...linksIn(context, content)]).filter(({ type }) => sharedTypes.has(type))
  }
  return found.toSorted((a, b) => compare(a.type, b.type) || compare(a.id, b.id))
}

function belongs(context: HubContext, { caller, patients }: OutsideRequest, stored: Outside): boolean {
  if (!isVisible(context, caller, 'read', stored)) return false
  if (sharedTypes.has(stored.type)) return true
  if (stored.type === 'Patient') return patients.has(stored.id)
  const owners = patientsOf(context, stored)
  return owners.length === 0 || owners.some(id => patients.has(id))
}

/**
 * Patients in whose compartment a resource is, whose it is by a parameter `patient` that the compartment does not have, or
 * who is the security context of a Binary.
 */
export function patientsOf(context: HubContext, { content }: { readonly content: string }): readonly string[] {
  const resource = parseStored(content)
  const { index } = context.extractor().extract(resource)
  const definition = context.compartments.find(({ code }) => code === 'Patient')
  const codes = definition?.resource.find(({ code }) => code === index.resourceType)?.param ?? []
  const owner = securityContextOf(resource)
  const referred = [...codes, 'patient']
    .flatMap(code => index.values.get(code) ?? [])
    .flatMap(value => {
      if (value.type !== 'reference' || value.url !== undefined || value.targetType !== 'Patient') return []
      return value.targetId === undefined ? [] : [value.targetId]
    })
  return owner?.type === 'Patient' ? [...referred, owner.id] : referred
}

async function readAll(context: HubContext, names: readonly ResourceName[]): Promise<readonly Outside[]> {
  const found: Outside[] = []
  for (let at = 0; at < names.length; at += readsAtOnce) {
    const batch = names.slice(at, at + readsAtOnce)
    const read = await Promise.all(batch.map(async ({ type, id }) => await context.store.read(type, id)))
    for (const stored of read) {
      if (stored?.content !== undefined) found.push({ ...stored, content: stored.content })
    }
  }
  return found
}
