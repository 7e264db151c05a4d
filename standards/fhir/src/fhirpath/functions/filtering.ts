import { distinctItems, identityKey, membership, union } from '../equality.ts'
import { bool, type Collection, condition, EMPTY, integerOf, type Item, single, systemValue } from '../item.ts'
import { compareValues } from '../comparison.ts'
import { FhirPathError } from '../issue.ts'
import { COLLECTION_ITEMS_MAX } from '../limits.ts'
import { pushChildren } from '../navigation.ts'
import { FhirNode } from '../node.ts'
import { forEachFocus, type Run, tooLarge } from '../run.ts'
import { reflect, resolveType, typeArgument, typeMatcher } from '../type-matching.ts'
import { argument, type Call, type FunctionDefinition, type FunctionTable, ofCollection, ofTwo } from './definition.ts'

/** Keys that one `sort()` may have. */
const SORT_KEYS_MAX = 16

const where: FunctionDefinition = {
  min: 1,
  max: 1,
  compile(call) {
    const { source } = call
    const criteria = argument(call, 0)
    return run => {
      const items = source(run)
      if (items.length === 0) return EMPTY
      const kept: Item[] = []
      forEachFocus(items, run, criteria, (result, index) => {
        const item = items[index]
        if (item !== undefined && condition(result, 'where()') === true) kept.push(item)
        return false
      })
      return kept
    }
  },
}

const select: FunctionDefinition = {
  min: 1,
  max: 1,
  compile(call) {
    const { source } = call
    const projection = argument(call, 0)
    return run => {
      const items = source(run)
      if (items.length === 0) return EMPTY
      const projected: Item[] = []
      forEachFocus(items, run, projection, result => {
        for (const item of result) projected.push(item)
        if (projected.length > COLLECTION_ITEMS_MAX) throw tooLarge(COLLECTION_ITEMS_MAX)
        return false
      })
      return projected
    }
  },
}

function bigintText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** A text that items share when they are equal: a complex element is known by its JSON. */
function repeatKey(item: Item): string {
  return identityKey(item) ?? `j${JSON.stringify(item instanceof FhirNode ? item.value : item, bigintText)}`
}

/** Projects until nothing new comes (FHIRPath 2.0 §5.2.3); `all` also keeps what came before, and stops at the limit. */
function repeat(all: boolean): FunctionDefinition {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const { source } = call
      const projection = argument(call, 0)
      return run => {
        const found: Item[] = []
        const seen = new Set<string>()
        let round: Collection = source(run)
        while (round.length > 0) {
          const next: Item[] = []
          forEachFocus(round, run, projection, result => {
            for (const item of result) {
              const key = all ? '' : repeatKey(item)
              if (!all && seen.has(key)) continue
              seen.add(key)
              next.push(item)
            }
            return false
          })
          for (const item of next) found.push(item)
          if (found.length > COLLECTION_ITEMS_MAX) throw tooLarge(COLLECTION_ITEMS_MAX)
          round = next
        }
        return found
      }
    },
  }
}

/** `ofType()` and `as()`: R4's own invariants use `as()` on several items, so that it filters too. */
const ofType: FunctionDefinition = {
  min: 1,
  max: 1,
  compile(call) {
    const { source } = call
    const matches = matcherOf(call)
    return run => source(run).filter(matches)
  },
}

const is: FunctionDefinition = {
  min: 1,
  max: 1,
  compile(call) {
    const { source } = call
    const matches = matcherOf(call)
    return run => {
      const item = single(source(run), 'is()')
      return item === undefined ? EMPTY : bool(matches(item))
    }
  },
}

function matcherOf(call: Call): (item: Item) => boolean {
  const [type] = call.arguments
  if (type === undefined) throw new Error(`${call.name}() is compiled without its type`)
  return typeMatcher(resolveType(call.compiler.model, typeArgument(type), type.at))
}

function counted(apply: (items: Collection, count: number) => Collection): FunctionDefinition {
  return ofTwo((items, count) => {
    const number = integerOf(count, 'A count')
    return number === undefined ? EMPTY : apply(items, number)
  })
}

const aggregate: FunctionDefinition = {
  min: 1,
  max: 2,
  compile(call) {
    const { source } = call
    const aggregator = argument(call, 0)
    const initial = call.arguments[1] === undefined ? () => EMPTY : argument(call, 1)
    return run => {
      const items = source(run)
      const before = run.total
      run.total = initial(run)
      forEachFocus(items, run, aggregator, result => {
        run.total = result
        return false
      })
      const result = run.total
      run.total = before
      return result
    }
  },
}

/**
 * `sort()` by the items, or by keys: a key with a minus in front, or `desc` after it in later texts, is from high to low.
 * What has no key comes first either way (FHIRPath 3.0 §5.2, a draft).
 */
const sort: FunctionDefinition = {
  min: 0,
  max: SORT_KEYS_MAX,
  compile(call) {
    const { source, compiler } = call
    const keys = call.arguments.map(key => {
      const descending = key.kind === 'polarity' && key.sign === '-'
      return { descending, value: compiler.compile(descending ? key.operand : key) }
    })
    return run => {
      const rows: { readonly item: Item; readonly values: readonly (Item | undefined)[] }[] = []
      for (const item of source(run)) {
        const values: (Item | undefined)[] = keys.length === 0 ? [item] : []
        for (const key of keys)
          forEachFocus([item], run, key.value, result => {
            values.push(single(result, 'sort()'))
            return true
          })
        rows.push({ item, values })
      }
      const order = (left: readonly (Item | undefined)[], right: readonly (Item | undefined)[]): number => {
        for (const [index, value] of left.entries()) {
          const difference = compareKeys(value, right[index], keys[index]?.descending === true, run)
          if (difference !== 0) return difference
        }
        return 0
      }
      return rows.toSorted((left, right) => order(left.values, right.values)).map(row => row.item)
    }
  },
}

function compareKeys(left: Item | undefined, right: Item | undefined, descending: boolean, run: Run): number {
  const first = left === undefined ? undefined : systemValue(left)
  const second = right === undefined ? undefined : systemValue(right)
  if (first === undefined || second === undefined) return Number(first !== undefined) - Number(second !== undefined)
  const order = compareValues(first, second, run) ?? 0
  return descending ? -order : order
}

function children(items: Collection, run: Run): Collection {
  const found: Item[] = []
  for (const item of items) if (item instanceof FhirNode) pushChildren(found, item, run)
  return found
}

function descendants(items: Collection, run: Run): Collection {
  const found: Item[] = []
  let level = children(items, run)
  while (level.length > 0) {
    for (const item of level) found.push(item)
    if (found.length > COLLECTION_ITEMS_MAX) throw tooLarge(COLLECTION_ITEMS_MAX)
    level = children(level, run)
  }
  return found
}

/** FHIRPath 2.0 §5.2 to §5.4, §5.8, §7 and `type()`. */
export const filteringFunctions: FunctionTable = {
  where,
  select,
  repeat: repeat(false),
  repeatAll: repeat(true),
  ofType,
  as: ofType,
  is,
  single: ofCollection(items => {
    if (items.length > 1)
      throw new FhirPathError('single-item-expected', `single() takes one item, not ${items.length}`)
    return items
  }),
  first: ofCollection(items => items.slice(0, 1)),
  last: ofCollection(items => items.slice(-1)),
  tail: ofCollection(items => items.slice(1)),
  skip: counted((items, count) => (count <= 0 ? items : items.slice(count))),
  take: counted((items, count) => (count <= 0 ? EMPTY : items.slice(0, count))),
  intersect: ofTwo((items, other, run) => distinctItems(items.filter(membership(other, run)), run)),
  exclude: ofTwo((items, other, run) => {
    const excluded = membership(other, run)
    return items.filter(item => !excluded(item))
  }),
  union: ofTwo(union),
  combine: ofTwo((items, other) => (items.length === 0 ? other : [...items, ...other])),
  aggregate,
  sort,
  children: ofCollection(children),
  descendants: ofCollection(descendants),
  type: ofCollection(items => items.map(reflect)),
}
