import type { ChainCriterion, HasCriterion } from '@samband/fhir/search'
import type { Key } from '../storage/keys.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { compileExactly } from './compile-criterion.ts'
import { and, anyToken, type Condition, never, or } from './condition.ts'
import { findKeys, findReferences } from './find-keys.ts'
import { factsOf } from './parameter-facts.ts'
import { type Plan, planSearch } from './plan.ts'
import { unsupported } from './refused.ts'
import { type Compiled, exactly, type SearchScope } from './scope.ts'
import { typeStatisticsOf } from './statistics.ts'
import { typesWithRows } from './types-with-rows.ts'
import { visibilityCondition } from './visibility-criteria.ts'

/** Some references lead to any of 146 types, of which a hospital has some: with more than these, those are asked for first. */
const manyTargets = 8

/**
 * `subject.name=x`: what the caller may not see is not led through. Few targets are looked up first and become keys. Where
 * there are more, each resource is asked what it refers to: then many of them fit, and a page is soon full.
 */
export async function compileChain(scope: SearchScope, type: string, criterion: ChainCriterion): Promise<Compiled> {
  const { code } = criterion.parameter
  if ((await factsOf(scope.context, type, code)).isCanonical) {
    throw unsupported(`${code} holds canonical addresses, which chains do not follow: search by the address itself`)
  }
  const param = scope.context.store.keys.referenceParam(type, code)
  const { searchLinksMax } = scope.context.limits
  const found: Key[] = []
  const broad: { readonly type: string; readonly condition: Condition; readonly gathered?: Plan }[] = []
  let share = 0
  const { targets } = criterion
  const there = targets.length > manyTargets ? new Set(await typesWithRows(scope)) : undefined
  for (const { resourceType, criterion: inner } of targets) {
    if (there?.has(resourceType) === false) continue
    const visible = await visibilityCondition(scope, 'search', resourceType)
    if (visible.kind === 'never') continue
    const condition = and([await compileExactly(scope, resourceType, inner), visible])
    if (condition.kind === 'never') continue
    const keys = await findKeys(scope, resourceType, condition, searchLinksMax)
    if (keys !== undefined) found.push(...keys)
    else {
      broad.push({ type: resourceType, condition, ...(await gathering(scope, resourceType, condition)) })
      const { rows } = await typeStatisticsOf(scope, resourceType)
      share = Math.max(share, Math.min(1, (2 * searchLinksMax) / Math.max(1, rows)))
    }
  }
  const narrow = anyToken(found.map(key => xor(param, key)))
  if (broad.length === 0) return exactly(narrow)
  return exactly(or([narrow, { kind: 'refers', param, targets: broad, share }]))
}

/** `_has:Observation:patient:code=x`, nested or not. */
export async function compileHas(scope: SearchScope, criterion: HasCriterion): Promise<Compiled> {
  const { resourceType: type, parameter, criterion: inner } = criterion
  const visible = await visibilityCondition(scope, 'search', type)
  if (visible.kind === 'never') return exactly(never)
  const condition = and([await compileExactly(scope, type, inner), visible])
  if (condition.kind === 'never') return exactly(never)
  const param = scope.context.store.keys.referenceParam(type, parameter.code)
  const keys = await findReferences(scope, type, condition, param, scope.context.limits.searchLinksMax)
  if (keys !== undefined) return exactly(keys.length === 0 ? never : { kind: 'keys', keys })
  return exactly({ kind: 'referred', type, param, condition, share: 0.1, ...(await gathering(scope, type, condition)) })
}

/** What finding all of a chain's other side may cost, by the plan's reckoning; with more each candidate is asked by itself. */
const gatheringMax = 60_000

async function gathering(
  scope: SearchScope,
  type: string,
  condition: Condition,
): Promise<{ readonly gathered?: Plan }> {
  const plan = await planSearch(scope, type, condition, { order: { keys: [], descending: false }, limit: undefined })
  return plan.cost > gatheringMax ? {} : { gathered: plan }
}

/** `_list=42`: the items of lists that the caller may see (FHIR R4 search.html#list). */
export async function compileList(scope: SearchScope, lists: readonly string[]): Promise<Compiled> {
  if (lists.some(list => list.startsWith('$'))) {
    throw unsupported('_list takes the id of a List: functional lists such as $current-problems are not supported')
  }
  const { keys, tenant } = scope.context.store
  const visible = await visibilityCondition(scope, 'search', 'List')
  const ids = lists.map(list => list.replace(/^List\//, ''))
  const condition = and([{ kind: 'ids', ids }, visible])
  if (condition.kind === 'never') return exactly(never)
  const listKeys = await findKeys(scope, 'List', condition, lists.length)
  const rows = await scope.runner.query<{ key: string }>({
    text: `select l.refs[i + 1]::text as key from ${resourceTable('List')} l cross join lateral generate_subscripts(l.refs, 1) i
            where l.tenant = $1 and l.key = any($2::int8[]) and i % 2 = 1 and l.refs[i] = $3`,
    values: [tenant, `{${(listKeys ?? []).join(',')}}`, keys.referenceParam('List', 'item')],
  })
  return exactly(rows.length === 0 ? never : { kind: 'keys', keys: rows.map(({ key }) => key) })
}

function xor(one: Key, other: Key): Key {
  return (BigInt(one) ^ BigInt(other)).toString()
}
