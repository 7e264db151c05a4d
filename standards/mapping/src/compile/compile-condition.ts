import type { Comparison, Condition, ElementRef } from '../condition/condition.ts'
import type { V2Segment, V2Value } from '../read/v2-value.ts'

/** What conditions and compositions ask about: the element being mapped and the segments around it. */
export interface Scope {
  /** `PID` in a segment map, `CX` in a data type map. */
  readonly name: string
  readonly segment: V2Segment | undefined
  /** The component that a row of a data type map reads, or the repetition of a field. */
  readonly value: V2Value | undefined
  /** The whole element, in a data type map. */
  readonly whole?: V2Value
  /** The field of `value` in a segment map. */
  readonly field: number
  /** The nearest segment of another name. */
  near(name: string): V2Segment | undefined
}

export type Test = (scope: Scope) => boolean
export type Reader = (scope: Scope) => V2Value | undefined

/** What a reference leads to: the row's own segment or value, another segment, or components of the value at hand. */
export function readerOf(ref: ElementRef, owner: string, isDataType: (name: string) => boolean): Reader {
  const { name, path } = ref
  const [field = 0, ...rest] = path
  if (name === '') return scope => scope.value
  if (name !== owner && !isDataType(name)) {
    return scope => descend(scope.near(name)?.first(field), rest)
  }
  if (isDataType(name)) {
    return scope => {
      const whole = scope.whole ?? scope.value
      return field === 0 ? whole : descend(whole?.part(field), rest)
    }
  }
  return scope => {
    if (field === 0) return scope.value
    const value = scope.field === field ? scope.value : scope.segment?.first(field)
    return descend(value, rest)
  }
}

function descend(value: V2Value | undefined, path: readonly number[]): V2Value | undefined {
  let found = value
  for (const n of path) found = found?.part(n)
  return found
}

export function compileCondition(condition: Condition, owner: string, isDataType: (name: string) => boolean): Test {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const tests = condition.items.map(item => compileCondition(item, owner, isDataType))
      return condition.kind === 'and'
        ? scope => tests.every(test => test(scope))
        : scope => tests.some(test => test(scope))
    }
    case 'not': {
      const test = compileCondition(condition.item, owner, isDataType)
      return scope => !test(scope)
    }
    case 'valued':
      return valuedTest(condition.ref, owner, isDataType)
    case 'equals': {
      const read = readerOf(condition.ref, owner, isDataType)
      const { to } = condition
      if (typeof to === 'string') return scope => (read(scope)?.text ?? '') === to
      const other = readerOf(to, owner, isDataType)
      return scope => (read(scope)?.text ?? '') === (other(scope)?.text ?? '')
    }
    case 'in': {
      const read = readerOf(condition.ref, owner, isDataType)
      const values = new Set(condition.values)
      return scope => values.has(read(scope)?.text ?? '')
    }
    case 'count':
      return countTest(condition.ref, condition.comparison, condition.than)
    case 'length': {
      const read = readerOf(condition.ref, owner, isDataType)
      return scope => compare(read(scope)?.text.length ?? 0, condition.comparison, condition.than)
    }
  }
}

function valuedTest(ref: ElementRef, owner: string, isDataType: (name: string) => boolean): Test {
  if (ref.path.length === 0 && ref.name !== '' && ref.name !== owner && !isDataType(ref.name)) {
    return scope => scope.near(ref.name) !== undefined
  }
  const read = readerOf(ref, owner, isDataType)
  return scope => read(scope) !== undefined
}

function countTest({ name, path }: ElementRef, comparison: Comparison, than: number): Test {
  const [field = 0] = path
  return scope => {
    const segment = name === scope.segment?.id ? scope.segment : scope.near(name)
    return compare(segment?.values(field).length ?? 0, comparison, than)
  }
}

function compare(count: number, comparison: Comparison, than: number): boolean {
  switch (comparison) {
    case '=':
      return count === than
    case '>':
      return count > than
    case '<':
      return count < than
    case '>=':
      return count >= than
    case '<=':
      return count <= than
  }
}
