import type { HubContext } from '../hub-context.ts'
import { checkResource, withoutId } from '../interactions/check-resource.ts'
import { readPatch } from '../interactions/patch.ts'
import { PreparedResource } from '../interactions/prepared-resource.ts'
import { mapLinks } from '../interactions/resource-links.ts'
import { preconditionsOf } from '../interactions/update.ts'
import type { WriteStep } from '../interactions/write-step.ts'
import type { StoredResource } from '../storage/stored.ts'
import { baseOf } from './entry-links.ts'
import type { TransactionPlan } from './prepare-transaction.ts'
import type { Resolution } from './resolve-entries.ts'
import type { DeleteEntry, LinkedWrite, PatchEntry } from './transaction-entry.ts'

/** A step, and the entry that it is for; a conditional deletion has a step for each resource. */
export type EntryStep = { readonly index: number; readonly at: string; readonly step: WriteStep }

/** What the entries of a transaction come to, once it is known what their criteria mean. */
export async function transactionSteps(
  context: HubContext,
  plan: TransactionPlan,
  resolution: Resolution,
): Promise<readonly EntryStep[]> {
  const steps: EntryStep[] = []
  for (const entry of plan.entries) {
    const { index, at } = entry
    if (entry.kind === 'read' || resolution.sameAs.has(index)) continue
    const matches = resolution.matches.get(index) ?? []
    if (entry.kind === 'delete') {
      for (const step of deletions(entry, matches)) steps.push({ index, at, step })
    } else if (entry.kind === 'patch') {
      steps.push({ index, at, step: await patchStep(context, plan, entry, matches[0]) })
    } else {
      const write = plan.writes.get(index)
      if (write !== undefined) steps.push({ index, at, step: writeStep(context, write, resolution, matches[0]) })
    }
  }
  return steps
}

function deletions(entry: DeleteEntry, matches: readonly StoredResource[]): readonly WriteStep[] {
  const { type, id, criteria } = entry
  const preconditions = preconditionsOf(entry)
  if (criteria === undefined) return [{ kind: 'delete', name: { type, id: id ?? '' }, ...preconditions }]
  return matches.map(match => ({
    kind: 'delete',
    name: { type, id: match.id },
    expected: match.version,
    ...preconditions,
  }))
}

async function patchStep(
  context: HubContext,
  { links }: TransactionPlan,
  entry: PatchEntry,
  match: StoredResource | undefined,
): Promise<WriteStep> {
  const { type, id, fullUrl } = entry
  const base = baseOf(fullUrl)
  const apply = await readPatch(context, type, entry.patch, patched =>
    links.size === 0 ? patched : mapLinks(context.fhirPath.model, patched, link => links.resolve(link, base) ?? link),
  )
  return {
    kind: 'patch',
    name: { type, id: match?.id ?? id ?? '' },
    apply,
    ...(match === undefined ? {} : { expected: match.version }),
    ...preconditionsOf(entry),
  }
}

function writeStep(
  context: HubContext,
  write: LinkedWrite,
  { links }: Resolution,
  match: StoredResource | undefined,
): WriteStep {
  const { entry } = write
  if (entry.kind === 'create' && match !== undefined) return { kind: 'found', stored: match, warnings: write.warnings }
  const { prepared, warnings } = settled(context, write, links, match?.id ?? write.prepared.id)
  if (entry.kind === 'create') return { kind: 'insert', prepared, warnings }
  return {
    kind: 'put',
    prepared,
    warnings,
    ...preconditionsOf(entry),
    ...(entry.criteria === undefined ? {} : match === undefined ? { mustBeNew: true } : { expected: match.version }),
  }
}

/** With its own id and links, where they are others than was thought. */
function settled(
  context: HubContext,
  { entry, prepared, warnings, open }: LinkedWrite,
  links: ReadonlyMap<string, string>,
  id: string,
): Pick<LinkedWrite, 'prepared' | 'warnings'> {
  const changes = [...open].some(link => links.has(link))
  if (!changes && id === prepared.id) return { prepared, warnings }
  const { type } = entry
  const resource = changes
    ? mapLinks(context.fhirPath.model, prepared.resource, link => links.get(link) ?? withRest(links, link))
    : prepared.resource
  const named = { ...withoutId(resource), id }
  return { prepared: new PreparedResource(context, { type, id }, named), warnings: checkResource(context, type, named) }
}

/** `Patient/new/_history/1` follows `Patient/new`. */
function withRest(links: ReadonlyMap<string, string>, link: string): string {
  const cut = /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+)((?:\/_history\/|#).*)$/.exec(link)
  const known = cut === null ? undefined : links.get(cut[1] ?? '')
  return known === undefined ? link : known + (cut?.[2] ?? '')
}
