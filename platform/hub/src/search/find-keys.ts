import type { Key } from '../storage/keys.ts'
import type { Condition } from './condition.ts'
import { planSearch } from './plan.ts'
import type { SearchScope } from './scope.ts'
import { keysStatement, referencesStatement } from './statement.ts'

const unordered = { keys: [], descending: false } as const

/** Keys of the resources that meet a condition; undefined where there are more than `max`. */
export async function findKeys(
  scope: SearchScope,
  type: string,
  condition: Condition,
  max: number,
): Promise<readonly Key[] | undefined> {
  const plan = await planSearch(scope, type, condition, { order: unordered, limit: max + 1 })
  const statement = keysStatement(scope, type, plan, max + 1)
  const rows = await scope.runner.query<{ key: string }>(statement)
  return rows.length > max ? undefined : rows.map(({ key }) => key)
}

/** Keys of what the resources that meet a condition refer to by a parameter; undefined where more than `max` refer. */
export async function findReferences(
  scope: SearchScope,
  type: string,
  condition: Condition,
  param: Key,
  max: number,
): Promise<readonly Key[] | undefined> {
  const plan = await planSearch(scope, type, condition, { order: unordered, limit: max + 1 })
  const [row] = await scope.runner.query<{ count: number; keys: readonly Key[] }>(
    referencesStatement(scope, type, plan, param, max + 1),
  )
  return row === undefined || row.count > max ? undefined : row.keys
}
