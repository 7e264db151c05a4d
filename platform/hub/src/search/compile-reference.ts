import type { ParameterCriterion, ReferenceSearch, SearchParameters, SearchValue } from '@samband/fhir/search'
import type { Key } from '../storage/keys.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { addressesBelow, partsAbove } from './compile-uri.ts'
import { anyToken, type Condition, or } from './condition.ts'
import { tooBroad, unsupported } from './refused.ts'
import { type Compiled, roughly, type SearchScope } from './scope.ts'

/** Resources of one hierarchy that `:below` and `:above` look through. */
export const hierarchyMax = 10_000

/** What refers to a resource, to an address, or by an identifier: `matchReference` of the matcher in terms of keys. */
export async function compileReference(
  scope: SearchScope,
  type: string,
  criterion: ParameterCriterion,
): Promise<Compiled> {
  const parts: Compiled[] = []
  const { code } = criterion.parameter
  for (const value of criterion.values) {
    if (value.type === 'token') parts.push(identifierKeys(scope, type, code, value))
    else if (value.type === 'reference') parts.push(await referenceParts(scope, type, code, criterion.modifier, value))
  }
  return { condition: or(parts.map(({ condition }) => condition)), exact: parts.every(({ exact }) => exact) }
}

function identifierKeys(
  { context }: SearchScope,
  type: string,
  parameter: string,
  { system, code }: SearchValue & { readonly type: 'token' },
): Compiled {
  const { keys } = context.store
  // Keys have the value in them: a system alone is compared in memory.
  if (code === undefined) return roughly({ kind: 'tokens', keys: [keys.present(type, parameter)] })
  return { condition: anyToken([keys.referenceIdentifier(type, parameter, system, code)]), exact: true }
}

async function referenceParts(
  scope: SearchScope,
  type: string,
  code: string,
  modifier: ParameterCriterion['modifier'],
  value: ReferenceSearch,
): Promise<Compiled> {
  const isHierarchy = modifier === 'above' || modifier === 'below'
  if (isHierarchy && value.url !== undefined) return await canonicalParts(scope, type, code, modifier, value)
  const { keys } = scope.context.store
  if (isHierarchy) return { condition: await hierarchy(scope, type, code, modifier, value), exact: true }
  if (value.url !== undefined) {
    return { condition: anyToken([keys.referenceUrl(type, code, value.url, value.version)]), exact: true }
  }
  const found = localTargets(scope.context.searchParameters(), type, code, value).map(({ targetType, id }) => {
    const target = keys.resource(targetType, id)
    if (value.version === undefined) return keys.reference(type, code, target)
    return keys.referenceVersion(type, code, target, value.version)
  })
  return { condition: anyToken(found), exact: true }
}

/** An id alone may be of any type that the parameter refers to. */
function localTargets(
  parameters: SearchParameters,
  type: string,
  code: string,
  { targetType, targetId }: ReferenceSearch,
): readonly { readonly targetType: string; readonly id: string }[] {
  if (targetId === undefined) return []
  if (targetType !== undefined) return [{ targetType, id: targetId }]
  const parameter = parameters.find(type, code)
  return (parameter === undefined ? [] : parameters.targetsOf(parameter)).map(each => ({
    targetType: each,
    id: targetId,
  }))
}

/** Canonicals: addresses below or above, and versions of the same one, which are compared in memory. */
async function canonicalParts(
  scope: SearchScope,
  type: string,
  code: string,
  modifier: 'above' | 'below',
  { url = '', version }: ReferenceSearch,
): Promise<Compiled> {
  const { keys } = scope.context.store
  const own = keys.referenceUrl(type, code, url)
  if (modifier === 'above') {
    const above = partsAbove(url).map(each => keys.referenceUrl(type, code, each))
    return { condition: anyToken([own, ...above]), exact: false }
  }
  const below = await addressesBelow(scope, keys.param(type, code), url)
  if (below === undefined) return roughly({ kind: 'tokens', keys: [keys.present(type, code)] })
  const exact = version === undefined && below.every(({ whole }) => whole)
  return { condition: anyToken([own, ...below.map(({ hash }) => hash)]), exact }
}

/**
 * What refers to a resource or to one below it (above it). The hierarchy is that of the parameter itself where it refers to
 * its own type (`Location?partof:below=1`), otherwise that of the type it refers to (`Encounter?location:below=Location/1`).
 */
async function hierarchy(
  scope: SearchScope,
  type: string,
  code: string,
  modifier: 'above' | 'below',
  value: ReferenceSearch,
): Promise<Condition> {
  const { keys } = scope.context.store
  const parameters = scope.context.searchParameters()
  const found: Key[] = []
  let known = false
  for (const { targetType, id } of localTargets(parameters, type, code, value)) {
    const link = targetType === type ? code : partOf(parameters, targetType)
    if (link === undefined) continue
    known = true
    const members = await membersOf(scope, targetType, link, modifier, keys.resource(targetType, id))
    for (const each of members) found.push(keys.reference(type, code, each))
  }
  if (!known) throw unsupported(`${code} refers to nothing that has a hierarchy`)
  return anyToken(found)
}

function partOf(parameters: SearchParameters, type: string): string | undefined {
  return ['partof', 'part-of'].find(code => {
    const parameter = parameters.find(type, code)
    return parameter !== undefined && parameters.targetsOf(parameter).includes(type)
  })
}

async function membersOf(
  scope: SearchScope,
  type: string,
  link: string,
  direction: 'above' | 'below',
  start: Key,
): Promise<readonly Key[]> {
  const { keys, tenant } = scope.context.store
  const table = resourceTable(type)
  // `union` drops what was there already, so that a circle ends.
  const step =
    direction === 'below'
      ? `select r.key from found f cross join lateral
           (select key from ${table} where tenant = $1 and tokens @> array[$3::int8 # f.key] order by rid offset 0) r`
      : `select u.target from found f
           join ${table} r on r.tenant = $1 and r.key = f.key
           cross join lateral (select r.refs[i + 1] as target from generate_subscripts(r.refs, 1) i where i % 2 = 1 and r.refs[i] = $3) u`
  const rows = await scope.runner.query<{ key: string }>({
    text: `with recursive found (key) as (select $2::int8 union ${step}) select key::text as key from found limit ${hierarchyMax + 1}`,
    values: [tenant, start, keys.referenceParam(type, link)],
  })
  if (rows.length > hierarchyMax) throw tooBroad(`A hierarchy has at most ${hierarchyMax} resources for a search`)
  return rows.map(({ key }) => key)
}
