import { ResourceNames } from '../identity/resource-names.ts'
import { complete } from './complete.ts'
import { prune } from './prune.ts'
import type { Json, ResourceNode, RunContext } from './run-context.ts'
import { merge } from './apply-map.ts'

/** Types that are updated where an identifier with a system finds them; others have ids of their own, as a number may mean several. */
const BY_IDENTIFIER = new Set(['Patient', 'Practitioner', 'Organization', 'Encounter', 'Account', 'Appointment'])

/** A resource of a Bundle, as TypeScript knows it before it is written. */
export interface BundleEntry {
  readonly fullUrl: string
  readonly resource: Json
  readonly request: { readonly method: 'PUT'; readonly url: string }
}

/** Names, completes and joins the resources of a run, and gives the entries of a transaction. */
export function makeEntries(run: RunContext, scope: string, message: string): BundleEntry[] {
  const nodes = survivors(run)
  const names = new ResourceNames(run, scope, message)
  const addresses = new Map<ResourceNode, string>()
  const kept = new Map<string, ResourceNode>()
  for (const node of nodes) {
    let name = names.name(node)
    if (!names.isShared(node)) {
      // Two of a kind that nothing tells apart stay two: their order does.
      for (let n = 2; kept.has(name); n++) name = `${names.name(node)}#${n}`
    }
    const first = kept.get(name)
    if (first === undefined) kept.set(name, node)
    else join(first, node)
    addresses.set(node, name)
  }
  const ids = new Map<string, string>()
  for (const name of kept.keys()) ids.set(name, names.idOf(name))
  for (const [holder, node] of run.references) {
    const name = addresses.get(node)
    if (name !== undefined) holder['reference'] = `urn:uuid:${ids.get(name) ?? ''}`
  }
  const entries: BundleEntry[] = []
  for (const [name, node] of kept) entries.push(entryOf(node, ids.get(name) ?? '', run))
  return distinct(entries)
}

/** Drops what holds nothing, and references to it, until nothing more falls. */
function survivors(run: RunContext): ResourceNode[] {
  let nodes: ResourceNode[] = run.nodes
  for (let again = true; again; ) {
    again = false
    const kept = nodes.filter(node => says(node, run) || node.type === 'MessageHeader')
    if (kept.length === nodes.length) break
    const alive = new Set(kept)
    for (const [holder, node] of run.references) {
      if (alive.has(node) || holder['reference'] === undefined) continue
      delete holder['reference']
      again = true
    }
    nodes = kept
  }
  for (const node of nodes) complete(node, run)
  return nodes
}

/** Elements that say nothing of their own: who it is about, and constants of the maps. */
const EMPTY: Readonly<Record<string, ReadonlySet<string>>> = {
  Account: new Set(['status', 'subject']),
  Specimen: new Set(['subject']),
  Coverage: new Set(['beneficiary', 'status']),
  AllergyIntolerance: new Set(['clinicalStatus', 'patient', 'encounter']),
  ServiceRequest: new Set(['intent', 'subject', 'encounter']),
  RelatedPerson: new Set(['patient']),
  EpisodeOfCare: new Set(['patient', 'status']),
  CareTeam: new Set(['subject', 'encounter']),
  Procedure: new Set(['subject', 'encounter', 'status']),
  Condition: new Set(['subject', 'encounter']),
  Provenance: new Set(['target']),
}

function says({ type, resource }: ResourceNode, run: RunContext): boolean {
  prune(resource, run)
  const ignored = EMPTY[type]
  return Object.keys(resource).some(key => key !== 'resourceType' && key !== 'id' && ignored?.has(key) !== true)
}

/** What a second mention adds to the first. */
function join(first: ResourceNode, again: ResourceNode): void {
  for (const [key, value] of Object.entries(again.resource)) {
    if (key !== 'id' && first.resource[key] === undefined) merge(first.resource, { [key]: value })
  }
}

function entryOf({ type, resource }: ResourceNode, id: string, run: RunContext): BundleEntry {
  const fullUrl = `urn:uuid:${id}`
  const query = run.settings.identity === 'id' || !BY_IDENTIFIER.has(type) ? undefined : identifierQuery(resource)
  if (query === undefined) resource['id'] = id
  else delete resource['id']
  return {
    fullUrl,
    resource,
    request: { method: 'PUT', url: query === undefined ? `${type}/${id}` : `${type}?${query}` },
  }
}

function identifierQuery({ identifier }: Json): string | undefined {
  const found = (Array.isArray(identifier) ? (identifier as Json[]) : []).find(
    ({ system, value }) => system !== undefined && value !== undefined,
  )
  if (found === undefined) return undefined
  return `identifier=${encodeURIComponent(String(found['system']))}|${encodeURIComponent(String(found['value']))}`
}

/** Two entries must not ask for the same update: the second gets its own id. */
function distinct(entries: BundleEntry[]): BundleEntry[] {
  const seen = new Set<string>()
  return entries.map(entry => {
    if (!seen.has(entry.request.url)) {
      seen.add(entry.request.url)
      return entry
    }
    const id = entry.fullUrl.slice('urn:uuid:'.length)
    const { resourceType, ...rest } = entry.resource
    return {
      ...entry,
      resource: { resourceType, id, ...rest },
      request: { method: 'PUT', url: `${String(resourceType)}/${id}` },
    }
  })
}
