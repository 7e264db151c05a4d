import { distinctItems, equalCollections, membership } from '../equality.ts'
import { bool, type Collection, condition, EMPTY, FALSE, TRUE } from '../item.ts'
import { FhirPathError } from '../issue.ts'
import { forEachFocus, type Run } from '../run.ts'
import { systemValue } from '../item.ts'
import { type FunctionDefinition, type FunctionTable, ofCollection, ofTwo, optionalArgument } from './definition.ts'

const exists: FunctionDefinition = {
  min: 0,
  max: 1,
  compile(call) {
    const { source } = call
    const criteria = optionalArgument(call, 0)
    if (criteria === undefined) return run => bool(source(run).length > 0)
    return run => {
      let found = false
      forEachFocus(source(run), run, criteria, result => {
        found = condition(result, 'exists()') === true
        return found
      })
      return bool(found)
    }
  },
}

const all: FunctionDefinition = {
  min: 1,
  max: 1,
  compile(call) {
    const { source } = call
    const criteria = optionalArgument(call, 0)
    return run => {
      let holds = true
      if (criteria !== undefined)
        forEachFocus(source(run), run, criteria, result => {
          holds = condition(result, 'all()') === true
          return !holds
        })
      return bool(holds)
    }
  },
}

/** The functions that fold a collection of Booleans (FHIRPath 2.0 §5.1.4 to §5.1.7). */
function booleans(decide: (values: readonly boolean[]) => boolean): FunctionDefinition {
  return ofCollection(items => {
    const values: boolean[] = []
    for (const item of items) {
      const value = systemValue(item)
      if (typeof value === 'boolean') values.push(value)
      else if (value !== undefined) throw new FhirPathError('type-mismatch', 'Booleans are expected')
    }
    return bool(decide(values))
  })
}

function isSubset(items: Collection, of: Collection, run: Run): boolean {
  return items.every(membership(of, run))
}

const not = ofCollection(items => {
  const value = condition(items, 'not()')
  return value === undefined ? EMPTY : value ? FALSE : TRUE
})

/** FHIRPath 2.0 §5.1, and `not()` of §6.5.3. */
export const existenceFunctions: FunctionTable = {
  empty: ofCollection(items => bool(items.length === 0)),
  exists,
  all,
  not,
  allTrue: booleans(values => values.every(Boolean)),
  anyTrue: booleans(values => values.some(Boolean)),
  allFalse: booleans(values => !values.some(Boolean)),
  anyFalse: booleans(values => !values.every(Boolean)),
  subsetOf: ofTwo((items, other, run) => bool(isSubset(items, other, run))),
  supersetOf: ofTwo((items, other, run) => bool(isSubset(other, items, run))),
  count: ofCollection(items => [items.length]),
  distinct: ofCollection(distinctItems),
  isDistinct: ofCollection((items, run) => bool(distinctItems(items, run).length === items.length)),
  comparable: ofTwo((items, other, run) => bool(equalCollections(items, other, run) !== undefined)),
}
