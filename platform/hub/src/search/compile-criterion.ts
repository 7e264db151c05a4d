import type { Criterion, ParameterCriterion } from '@samband/fhir/search'
import { wordsOf } from '../storage/words.ts'
import { compileChain, compileHas, compileList } from './compile-links.ts'
import { compileComposite } from './compile-composite.ts'
import { compileNear, compileNumbers, compileQuantity } from './compile-quantity.ts'
import { compileReference } from './compile-reference.ts'
import { compileToken } from './compile-token.ts'
import { compileUri } from './compile-uri.ts'
import { always, and, anyToken, type Condition, never, not, or } from './condition.ts'
import { materialise } from './materialise.ts'
import { factsOf } from './parameter-facts.ts'
import { dateRanges, stringRanges, updatedTests } from './range-criteria.ts'
import { type Compiled, exactly, roughly, type SearchScope } from './scope.ts'

/** A criterion on resources of a type as a condition on their rows. May ask the database for terms and targets of chains. */
export async function compileCriterion(scope: SearchScope, type: string, criterion: Criterion): Promise<Compiled> {
  const { keys } = scope.context.store
  switch (criterion.kind) {
    case 'parameter':
      return await compileParameter(scope, type, criterion)
    case 'missing': {
      const { code } = criterion.parameter
      if (code === '_id' || code === '_lastUpdated') return exactly(criterion.missing ? never : always)
      const present: Condition = { kind: 'tokens', keys: [keys.present(type, code)] }
      return exactly(criterion.missing ? not(present) : present)
    }
    case 'fulltext':
      return exactly(
        or(
          criterion.values.map(value => {
            const words = [...wordsOf(value)]
            if (words.length === 0) return never
            return { kind: 'tokens', keys: words.map(word => keys.word(criterion.scope, word)) }
          }),
        ),
      )
    case 'chain':
      return await compileChain(scope, type, criterion)
    case 'has':
      return await compileHas(scope, criterion)
    case 'list':
      return await compileList(scope, criterion.lists)
    case 'filter':
      return await compileCriterion(scope, type, criterion.criterion)
    case 'and':
    case 'or': {
      const parts: Compiled[] = []
      for (const each of criterion.criteria) parts.push(await compileCriterion(scope, type, each))
      const conditions = parts.map(({ condition }) => condition)
      const condition = criterion.kind === 'and' ? and(conditions) : or(conditions)
      return { condition, exact: parts.every(({ exact }) => exact) }
    }
    case 'not': {
      const { condition, exact } = await compileCriterion(scope, type, criterion.criterion)
      // What is found too much would be missing from the opposite.
      return exact ? exactly(not(condition)) : roughly(always)
    }
  }
}

/** The same without anything left to compare: for what stands inside chains, where no page could be compared. */
export async function compileExactly(scope: SearchScope, type: string, criterion: Criterion): Promise<Condition> {
  switch (criterion.kind) {
    case 'filter':
      return await compileExactly(scope, type, criterion.criterion)
    case 'not':
      return not(await compileExactly(scope, type, criterion.criterion))
    case 'and':
    case 'or': {
      const parts: Condition[] = []
      for (const each of criterion.criteria) parts.push(await compileExactly(scope, type, each))
      return criterion.kind === 'and' ? and(parts) : or(parts)
    }
    default: {
      const { condition, exact } = await compileCriterion(scope, type, criterion)
      return exact ? condition : await materialise(scope, type, criterion, condition)
    }
  }
}

/** Whether a resource alone tells if it meets a criterion: then what SQL approximates is compared page by page. */
export function isComparable(criterion: Criterion): boolean {
  switch (criterion.kind) {
    case 'parameter': {
      const { modifier, parameter } = criterion
      if (modifier === 'in' || modifier === 'not-in') return false
      if (modifier !== 'above' && modifier !== 'below') return true
      if (parameter.type === 'token') return false
      return criterion.values.every(value => value.type !== 'reference' || value.url !== undefined)
    }
    case 'missing':
    case 'fulltext':
      return true
    case 'chain':
    case 'has':
    case 'list':
      return false
    case 'filter':
    case 'not':
      return isComparable(criterion.criterion)
    case 'and':
    case 'or':
      return criterion.criteria.every(isComparable)
  }
}

async function compileParameter(scope: SearchScope, type: string, criterion: ParameterCriterion): Promise<Compiled> {
  const { code } = criterion.parameter
  if (code === '_lastUpdated') return compileUpdated(scope, criterion)
  switch (criterion.parameter.type) {
    case 'token':
      return await compileToken(scope, type, criterion)
    case 'string':
      return compileString(scope, type, criterion)
    case 'date':
      return await compileDate(scope, type, criterion)
    case 'number':
      return compileNumbers(scope, type, criterion)
    case 'quantity':
      return compileQuantity(scope, type, criterion)
    case 'reference':
      return await compileReference(scope, type, criterion)
    case 'uri':
      return await compileUri(scope, type, criterion)
    case 'composite':
      return compileComposite(scope, type, criterion)
    case 'special':
      return compileNear(scope, type, criterion)
  }
}

function compileUpdated({ nowMs }: SearchScope, { values, modifier }: ParameterCriterion): Compiled {
  const alternatives = values.flatMap(value => (value.type === 'date' ? updatedTests(value, modifier, nowMs) : []))
  return exactly(alternatives.length === 0 ? never : { kind: 'updated', alternatives })
}

async function compileDate(scope: SearchScope, type: string, criterion: ParameterCriterion): Promise<Compiled> {
  const { values, modifier, parameter } = criterion
  const param = scope.context.store.keys.param(type, parameter.code)
  const { isSingle: single } = await factsOf(scope.context, type, parameter.code)
  return exactly(
    or(
      values.map(value =>
        value.type === 'date'
          ? {
              kind: 'rows',
              table: 'date',
              code: parameter.code,
              ranges: dateRanges(param, value, modifier, scope.nowMs),
              single,
            }
          : never,
      ),
    ),
  )
}

function compileString({ context }: SearchScope, type: string, criterion: ParameterCriterion): Compiled {
  const { keys } = context.store
  const { code } = criterion.parameter
  const texts = criterion.values.flatMap(value => (value.type === 'string' ? [value.text] : []))
  if (criterion.modifier === 'exact') return exactly(anyToken(texts.map(text => keys.exact(type, code, text))))
  const parts = texts.map(text => stringRanges(keys.param(type, code), text, criterion.modifier))
  const conditions = parts.map(
    ({ ranges }) => ({ kind: 'rows', table: 'string', code, ranges, single: false }) as const,
  )
  return { condition: or(conditions), exact: parts.every(({ exact }) => exact) }
}
