import type { SearchParameter } from '../definitions/index.ts'
import { escapeValue } from './escape.ts'
import { type FilterToken, tokenizeFilter } from './filter-token.ts'
import { FILTER_DEPTH_MAX, FILTER_TERMS_MAX, SEARCH_BRANCHES_MAX, SEARCH_LINKS_MAX } from './limits.ts'
import { BRANCHES_TEXT, type CriterionContext, findParameter, refOf, unknownText } from './parse-criterion.ts'
import { parseValue } from './parse-value.ts'
import type { Criterion, Modifier, Prefix, SearchValue } from './query.ts'
import type { SearchIssue, SearchIssueCode } from './search-issue.ts'
import type { SearchType } from './search-parameters.ts'

/** The operators of `_filter` (R4 search_filter.html#ops). */
type FilterOperator = Prefix | 'co' | 'sw' | 'ew' | 'pr' | 'po' | 'ss' | 'sb' | 'in' | 'ni' | 're'

const OPERATORS: ReadonlySet<string> = new Set<FilterOperator>([
  'eq',
  'ne',
  'co',
  'sw',
  'ew',
  'gt',
  'lt',
  'ge',
  'le',
  'ap',
  'sa',
  'eb',
  'pr',
  'po',
  'ss',
  'sb',
  'in',
  'ni',
  're',
])

const ORDER: readonly FilterOperator[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']

/** Operators that each type has, besides `pr`. */
const BY_TYPE: Readonly<Record<SearchType, readonly FilterOperator[]>> = {
  string: ['eq', 'ne', 'co', 'sw', 'ew'],
  token: ['eq', 'ne', 'ss', 'sb', 'in', 'ni'],
  reference: ['eq', 'ne', 're'],
  uri: ['eq', 'ne', 'sw'],
  number: ORDER,
  date: [...ORDER, 'po'],
  quantity: ORDER,
  composite: ['eq', 'ne'],
  special: ['eq', 'ne'],
}

/** What an operator is as a modifier, where it is one. */
const AS_MODIFIER: Partial<Record<FilterOperator, Modifier>> = {
  co: 'contains',
  ew: 'ends',
  po: 'overlaps',
  ss: 'below',
  sb: 'above',
  in: 'in',
  ni: 'not-in',
}

class FilterError extends Error {
  readonly code: SearchIssueCode

  constructor(code: SearchIssueCode, text: string) {
    super(text)
    this.name = 'FilterError'
    this.code = code
  }
}

/**
 * Reads a `_filter` into conditions (R4 search_filter.html). `and` binds tighter than `or`. A path may have a filter in
 * brackets: `related[type eq has-component].target` asks that the resource meets it too.
 */
export function parseFilter(text: string, context: CriterionContext, issues: SearchIssue[]): Criterion | undefined {
  const tokens = tokenizeFilter(text)
  const fail = (code: SearchIssueCode, message: string): undefined => {
    issues.push({ code, parameter: context.written, text: message })
    return undefined
  }
  if (typeof tokens === 'number') return fail('filter-invalid', `The filter cannot be read at character ${tokens + 1}`)
  try {
    const criterion = new FilterParser(tokens, context, issues).parse()
    return criterion === undefined ? undefined : { kind: 'filter', criterion }
  } catch (error) {
    if (error instanceof FilterError) return fail(error.code, error.message)
    throw error
  }
}

class FilterParser {
  readonly #tokens: readonly FilterToken[]
  readonly #context: CriterionContext
  readonly #issues: SearchIssue[]
  #position = 0
  #terms = 0
  #failed = false

  constructor(tokens: readonly FilterToken[], context: CriterionContext, issues: SearchIssue[]) {
    this.#tokens = tokens
    this.#context = context
    this.#issues = issues
  }

  /** `undefined` when the filter can be read, and a part of it means nothing: those parts are issues. */
  parse(): Criterion | undefined {
    const criterion = this.#or(this.#context, 0)
    if (this.#peek().kind !== 'end') throw this.#unexpected()
    return this.#failed ? undefined : criterion
  }

  #peek(): FilterToken {
    return this.#tokens[this.#position] ?? { kind: 'end', text: 'the end', at: 0 }
  }

  #next(): FilterToken {
    const token = this.#peek()
    this.#position++
    return token
  }

  #unexpected(): FilterError {
    const { at, kind } = this.#peek()
    const what = kind === 'end' ? 'The filter ends too early' : `The filter cannot be read at character ${at + 1}`
    return new FilterError(
      'filter-invalid',
      `${what}: it is written [parameter] [operator] [value], with and, or, not ( )`,
    )
  }

  #isWord(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'word' && token.text === text
  }

  #series(kind: 'and' | 'or', part: () => Criterion): Criterion {
    const criteria = [part()]
    while (this.#isWord(kind)) {
      this.#position++
      criteria.push(part())
    }
    const [only] = criteria
    return criteria.length === 1 && only !== undefined ? only : { kind, criteria }
  }

  #or(context: CriterionContext, depth: number): Criterion {
    if (depth > FILTER_DEPTH_MAX)
      throw new FilterError('search-too-large', `A filter is nested at most ${FILTER_DEPTH_MAX} deep`)
    return this.#series('or', () => this.#series('and', () => this.#term(context, depth)))
  }

  #group(context: CriterionContext, depth: number, close: ')' | ']'): Criterion {
    this.#position++
    const inner = this.#or(context, depth + 1)
    if (this.#next().kind !== close) {
      this.#position--
      throw this.#unexpected()
    }
    return inner
  }

  #term(context: CriterionContext, depth: number): Criterion {
    if (++this.#terms > FILTER_TERMS_MAX)
      throw new FilterError('search-too-large', `A filter has at most ${FILTER_TERMS_MAX} parts`)
    if (this.#peek().kind === '(') return this.#group(context, depth, ')')
    if (this.#isWord('not') && this.#tokens[this.#position + 1]?.kind === '(') {
      this.#position++
      return { kind: 'not', criterion: this.#group(context, depth, ')') }
    }
    const path = this.#next()
    if (path.kind !== 'word') {
      this.#position--
      throw this.#unexpected()
    }
    return this.#path(path.text, context, depth)
  }

  /** `name op value`, `name.name op value`, `name[filter].name op value`. */
  #path(path: string, context: CriterionContext, depth: number): Criterion {
    if (this.#peek().kind !== '[') return this.#comparison(path, context)
    const point = path.indexOf('.')
    const head = point === -1 ? path : path.slice(0, point)
    const rest = point === -1 ? undefined : path.slice(point + 1)
    const parameter = findParameter(head, context)
    if (parameter?.type !== 'reference' || context.links >= SEARCH_LINKS_MAX)
      throw new FilterError(
        'chain-invalid',
        `${head} does not lead to another resource, which a filter in brackets could be about`,
      )
    return this.#forTargets(parameter, context, inner => {
      if (rest !== undefined) return this.#path(rest, inner, depth + 1)
      const condition = this.#group(inner, depth, ']')
      const next = this.#next()
      if (next.kind !== 'word' || !next.text.startsWith('.')) {
        this.#position--
        throw this.#unexpected()
      }
      return { kind: 'and', criteria: [condition, this.#path(next.text.slice(1), inner, depth)] }
    })
  }

  /** Reads what follows once for each type that the reference may lead to, and keeps the types for which it means something. */
  #forTargets(
    parameter: SearchParameter,
    context: CriterionContext,
    read: (inner: CriterionContext) => Criterion,
  ): Criterion {
    const start = this.#position
    const issuesBefore = this.#issues.length
    const failedBefore = this.#failed
    const targets: { readonly resourceType: string; readonly criterion: Criterion }[] = []
    let problems: readonly SearchIssue[] = []
    for (const resourceType of context.parameters.targetsOf(parameter)) {
      if (++context.branches.taken > SEARCH_BRANCHES_MAX) throw new FilterError('search-too-large', BRANCHES_TEXT)
      this.#position = start
      this.#failed = false
      const criterion = read({ ...context, resourceTypes: [resourceType], links: context.links + 1 })
      const found = this.#issues.splice(issuesBefore)
      if (found.length === 0) targets.push({ resourceType, criterion })
      else if (problems.length === 0 || found.every(issue => issue.code !== 'parameter-unknown')) problems = found
    }
    this.#failed = failedBefore
    if (targets.length > 0) return { kind: 'chain', parameter: refOf(parameter), targets }
    this.#issues.push(...problems)
    this.#failed = true
    return { kind: 'and', criteria: [] }
  }

  #comparison(path: string, context: CriterionContext): Criterion {
    const operator = this.#next()
    if (operator.kind !== 'word') {
      this.#position--
      throw this.#unexpected()
    }
    if (!OPERATORS.has(operator.text))
      throw new FilterError(
        'filter-invalid',
        `There is no operator ${operator.text}: they are ${[...OPERATORS].join(', ')}`,
      )
    const value = this.#next()
    if (value.kind !== 'word' && value.kind !== 'string') {
      this.#position--
      throw this.#unexpected()
    }
    // A member of the set, which has the members of the type.
    return this.#leaf(path, operator.text as FilterOperator, value, context)
  }

  /** Something to go on with after an issue, so that the rest of the filter is read too. */
  #fail(code: SearchIssueCode, text: string): Criterion {
    this.#issues.push({ code, parameter: this.#context.written, text })
    this.#failed = true
    return { kind: 'and', criteria: [] }
  }

  #leaf(path: string, operator: FilterOperator, value: FilterToken, context: CriterionContext): Criterion {
    const point = path.indexOf('.')
    if (point !== -1) return this.#chain(path.slice(0, point), path.slice(point + 1), operator, value, context)
    const parameter = findParameter(path, context)
    if (parameter === undefined) return this.#fail('parameter-unknown', unknownText(path, context.resourceTypes))
    if (operator === 'pr') {
      if (value.text !== 'true' && value.text !== 'false')
        return this.#fail('value-malformed', `${path} pr is followed by true or false`)
      return { kind: 'missing', parameter: refOf(parameter), missing: value.text === 'false' }
    }
    if (!BY_TYPE[parameter.type].includes(operator))
      return this.#fail(
        'filter-invalid',
        `${path} is of type ${parameter.type}, which has these operators: ${[...BY_TYPE[parameter.type], 'pr'].join(', ')}`,
      )
    return this.#condition(parameter, operator, value, context)
  }

  #condition(
    parameter: SearchParameter,
    operator: FilterOperator,
    value: FilterToken,
    context: CriterionContext,
  ): Criterion {
    const ordered = parameter.type === 'number' || parameter.type === 'date' || parameter.type === 'quantity'
    const modifier = modifierOf(parameter.type, operator)
    const prefix = ordered && operator !== 'po' && operator !== 'ne' ? operator : ''
    // A string of the filter has no separators of its own, but a token keeps its bar.
    const raw = parameter.type === 'string' ? escapeValue(value.text) : value.text.replaceAll(',', '\\,')
    const result = parseValue(
      `${prefix}${raw}`,
      parameter,
      modifier === 'in' || modifier === 'not-in' ? modifier : undefined,
      context,
    )
    if (!result.ok) return this.#fail(result.code, `${parameter.code}: ${result.text}`)
    const values: readonly SearchValue[] = [result.value]
    const criterion: Criterion = {
      kind: 'parameter',
      parameter: refOf(parameter),
      ...(modifier === undefined ? {} : { modifier }),
      values,
    }
    return operator === 'ne' ? { kind: 'not', criterion } : criterion
  }

  #chain(
    head: string,
    rest: string,
    operator: FilterOperator,
    value: FilterToken,
    context: CriterionContext,
  ): Criterion {
    const parameter = findParameter(head, context)
    if (parameter === undefined) return this.#fail('parameter-unknown', unknownText(head, context.resourceTypes))
    if (parameter.type !== 'reference' || context.links >= SEARCH_LINKS_MAX)
      return this.#fail('chain-invalid', `${head} does not lead to another resource`)
    return this.#forTargets(parameter, context, inner => this.#leaf(rest, operator, value, inner))
  }
}

function modifierOf(type: SearchType, operator: FilterOperator): Modifier | undefined {
  if (type === 'string') return operator === 'sw' ? 'starts' : (AS_MODIFIER[operator] ?? 'equal')
  if (type === 'uri' && operator === 'sw') return 'below'
  return AS_MODIFIER[operator]
}
