import { parseReference } from '@samband/fhir/fhirpath'
import { plainArray, textArray } from '../storage/array-literal.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue } from '../hub-error.ts'
import { type HubTransaction, nameOf } from '../storage/hub-store.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { ResourceName } from '../storage/stored.ts'
import type { PreparedResource } from './prepared-resource.ts'
import { mapLinks } from './resource-links.ts'

/** Where a resource refers to another of this server. */
type Mention = { readonly target: ResourceName; readonly path: string; readonly index: number }

/**
 * Refuses references to what is not on this server, where the hub is set so. Not looked at: contained (`#x`), absolute ones
 * to other servers, `urn:`, canonicals. What is found stays until the transaction ends: its rows are share-locked, and a
 * deletion waits for them.
 *
 * @throws HubError 422: naming each element, up to `issuesMax`
 */
export async function checkReferences(
  context: HubContext,
  transaction: HubTransaction,
  written: readonly { readonly prepared: PreparedResource; readonly index: number }[],
  deleted: ReadonlySet<string>,
  prefixOf: (index: number) => string,
): Promise<void> {
  if (context.references === 'accept' || written.length === 0) return
  const own = new Set(written.map(({ prepared }) => nameOf(prepared)))
  const mentions = written
    .flatMap(({ prepared, index }) => mentionsIn(context, prepared, index))
    .filter(({ target }) => !own.has(nameOf(target)))
  if (mentions.length === 0) return
  const there = await lockShared(
    context,
    transaction,
    mentions.map(({ target }) => target),
  )
  const missing = mentions.filter(({ target }) => !there.has(nameOf(target)) || deleted.has(nameOf(target)))
  if (missing.length === 0) return
  const issues = missing.slice(0, context.limits.issuesMax).map(
    ({ path, index, target }): HubIssue => ({
      severity: 'error',
      type: 'not-found',
      code: 'reference-to-nowhere',
      text: `there is no such ${target.type} on this server`,
      expression: placed(prefixOf(index), path),
    }),
  )
  throw new HubError({
    code: 'reference-to-nowhere',
    category: 'incorrect',
    status: 422,
    message: 'a reference leads nowhere',
    issues,
  })
}

/** `Bundle.entry[3].resource.subject.reference` of `Observation.subject.reference`. */
function placed(prefix: string, path: string): string {
  return prefix === '' ? path : `${prefix}.resource${path.slice(path.indexOf('.'))}`
}

function mentionsIn(context: HubContext, { resource }: PreparedResource, index: number): readonly Mention[] {
  const found: Mention[] = []
  mapLinks(context.fhirPath.model, resource, (link, kind, path) => {
    if (kind !== 'reference') return link
    const { base, type, id } = parseReference(link)
    const isLocal = base === undefined || base === context.baseUrl
    if (isLocal && type !== undefined && id !== undefined && context.resourceTypes.has(type))
      found.push({ target: { type, id }, path: path(), index })
    return link
  })
  return found
}

async function lockShared(
  { store }: HubContext,
  { client }: HubTransaction,
  names: readonly ResourceName[],
): Promise<ReadonlySet<string>> {
  const byType = Map.groupBy(names, ({ type }) => type)
  const found = new Set<string>()
  for (const type of [...byType.keys()].toSorted()) {
    const ids = [...new Set(byType.get(type)?.map(({ id }) => id))]
    const { rows } = await client.query<{ id: string }>({
      name: `hub-share-${type}`,
      text: `select id from ${resourceTable(type)}
              where tenant = $1 and type = '${type}' and id = any($2::text[]) and not deleted order by id for key share`,
      values: [store.tenant, textArray(ids)],
    })
    for (const { id } of rows) found.add(nameOf({ type, id }))
  }
  return found
}

/**
 * Refuses to delete what others refer to, where the hub is set so. References are seen as far as search parameters see
 * them; those of resources that are written or deleted in the same transaction do not count here.
 *
 * @throws HubError 409
 */
export async function checkNotReferred(
  context: HubContext,
  transaction: HubTransaction,
  deleted: readonly (ResourceName & { readonly index: number })[],
  touched: ReadonlySet<string>,
  prefixOf: (index: number) => string,
): Promise<void> {
  if (context.references === 'accept') return
  for (const name of deleted) {
    const referring = await referringType(context, transaction, name, touched)
    if (referring === undefined) continue
    const text = `resources of the type ${referring} refer to this ${name.type}`
    throw new HubError({
      code: 'resource-referred-to',
      category: 'conflict',
      message: text,
      issues: [
        {
          severity: 'error',
          type: 'conflict',
          code: 'resource-referred-to',
          text,
          ...(prefixOf(name.index) === '' ? {} : { expression: prefixOf(name.index) }),
        },
      ],
    })
  }
}

/** The type of one that refers to it, if any does. */
async function referringType(
  context: HubContext,
  { client }: HubTransaction,
  target: ResourceName,
  touched: ReadonlySet<string>,
): Promise<string | undefined> {
  const { keys, tenant } = context.store
  const key = keys.resource(target.type, target.id)
  const parameters = context.searchParameters()
  for (const type of context.resourceTypes) {
    const tokens = [...parameters.forType(type).values()]
      .filter(parameter => parameter.type === 'reference')
      .map(({ code }) => keys.reference(type, code, key))
    if (tokens.length === 0) continue
    const { rows } = await client.query<{ id: string }>(
      `select id from ${resourceTable(type)}
        where tenant = $1 and type = '${type}' and not deleted and tokens && $2::int8[] and id <> all($3::text[]) limit 1`,
      [tenant, plainArray(tokens), textArray(idsOf(touched, type))],
    )
    if (rows.length > 0) return type
  }
  return undefined
}

function idsOf(touched: ReadonlySet<string>, type: string): readonly string[] {
  return [...touched].filter(name => name.startsWith(`${type}/`)).map(name => name.slice(type.length + 1))
}
