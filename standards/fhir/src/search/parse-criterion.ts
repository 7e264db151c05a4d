import type { SearchParameter } from '../definitions/index.ts'
import { splitEscaped, unescapeValue } from './escape.ts'
import { SEARCH_BRANCHES_MAX, SEARCH_LINKS_MAX, SEARCH_VALUES_MAX } from './limits.ts'
import { MODIFIERS, parseValue, type ValueContext } from './parse-value.ts'
import type { Criterion, Modifier, ParameterRef, SearchValue } from './query.ts'
import type { SearchIssue, SearchIssueCode } from './search-issue.ts'

/** What a part of a search is read in: the types that it is about, and how many links led there. */
export interface CriterionContext extends ValueContext {
  /** Empty: any type. */
  readonly resourceTypes: readonly string[]
  readonly links: number
  /** Ways that the chains of the search have taken so far. */
  readonly branches: { taken: number }
  /** The parameter as the client wrote it, for issues. */
  readonly written: string
}

/** Reads one parameter and its value into a condition; `undefined` when it added issues instead. */
export function parseCriterion(
  name: string,
  raw: string,
  context: CriterionContext,
  issues: SearchIssue[],
): Criterion | undefined {
  const fail = (code: SearchIssueCode, text: string): undefined => {
    issues.push({ code, parameter: context.written, text })
    return undefined
  }
  if (context.links > SEARCH_LINKS_MAX) return fail('search-too-large', `A chain has at most ${SEARCH_LINKS_MAX} links`)
  if (name.startsWith('_has:')) return parseHas(name, raw, context, issues)
  const point = name.indexOf('.')
  if (point !== -1) return parseChain(name.slice(0, point), name.slice(point + 1), raw, context, issues)
  const [code = '', modifier, ...rest] = name.split(':')
  if (rest.length > 0) return fail('modifier-invalid', `${code} takes one modifier`)
  if (code === '_list' || code === '_text' || code === '_content') {
    if (modifier !== undefined) return fail('modifier-invalid', `${code} takes no modifier`)
    const values = splitEscaped(raw, ',').map(unescapeValue)
    if (values.includes('')) return fail('value-malformed', `${code}: a value is expected`)
    if (code === '_list') return { kind: 'list', lists: values }
    return { kind: 'fulltext', scope: code === '_text' ? 'narrative' : 'content', values }
  }
  const parameter = findParameter(code, context)
  if (parameter === undefined) return fail('parameter-unknown', unknownText(code, context.resourceTypes))
  return parseParameter(parameter, modifier, raw, context, issues)
}

/** The parameter that all the types have; `undefined` when one lacks it, or has it with another type. */
export function findParameter(code: string, context: CriterionContext): SearchParameter | undefined {
  const { parameters, resourceTypes } = context
  const [first, ...others] = resourceTypes
  const found = parameters.find(first, code)
  if (found === undefined || (found.expression === undefined && found.type !== 'special')) return undefined
  return others.every(type => parameters.find(type, code)?.type === found.type) ? found : undefined
}

export function unknownText(code: string, resourceTypes: readonly string[]): string {
  if (resourceTypes.length === 0) return `Not every resource has a search parameter ${code}: name the types with _type`
  return `There is no search parameter ${code} for ${resourceTypes.join(' and ')}`
}

export function refOf(parameter: SearchParameter): ParameterRef {
  return { code: parameter.code, type: parameter.type }
}

function parseParameter(
  parameter: SearchParameter,
  modifier: string | undefined,
  raw: string,
  context: CriterionContext,
  issues: SearchIssue[],
): Criterion | undefined {
  const ref = refOf(parameter)
  const fail = (code: SearchIssueCode, text: string): undefined => {
    issues.push({ code, parameter: context.written, text })
    return undefined
  }
  if (modifier === 'missing') {
    if (raw === 'true' || raw === 'false') return { kind: 'missing', parameter: ref, missing: raw === 'true' }
    return fail('value-malformed', `${parameter.code}:missing is true or false`)
  }
  const isType =
    modifier !== undefined && parameter.type === 'reference' && context.parameters.resourceTypes.has(modifier)
  const known = MODIFIERS[parameter.type].find(each => each === modifier)
  if (modifier !== undefined && !isType && known === undefined) {
    const allowed = [
      ...MODIFIERS[parameter.type],
      'missing',
      ...(parameter.type === 'reference' ? ['a resource type'] : []),
    ]
    return fail(
      'modifier-invalid',
      `${parameter.code} is of type ${parameter.type}, which has these modifiers: ${allowed.join(', ')}`,
    )
  }
  if (isType && !context.parameters.targetsOf(parameter).includes(modifier))
    return fail('type-unknown', `${parameter.code} does not refer to ${modifier}`)
  const values = parseValues(raw, parameter, known, context, issues)
  if (values === undefined) return undefined
  const typed = isType ? withType(values, modifier) : values
  if (typed === undefined)
    return fail('value-malformed', `${parameter.code}:${String(modifier)} takes an id, or a reference to that type`)
  return { kind: 'parameter', parameter: ref, ...(known === undefined ? {} : { modifier: known }), values: typed }
}

/** Reads the values between commas. All that are malformed are reported. */
export function parseValues(
  raw: string,
  parameter: SearchParameter,
  modifier: Modifier | undefined,
  context: CriterionContext,
  issues: SearchIssue[],
): readonly SearchValue[] | undefined {
  const parts = splitEscaped(raw, ',')
  if (parts.length > SEARCH_VALUES_MAX) {
    const text = `A parameter takes at most ${SEARCH_VALUES_MAX} values`
    issues.push({ code: 'search-too-large', parameter: context.written, text })
    return undefined
  }
  const values: SearchValue[] = []
  for (const [index, part] of parts.entries()) {
    const result = parseValue(part, parameter, modifier, context)
    if (result.ok) values.push(result.value)
    else {
      const place = parts.length === 1 ? '' : `, value ${index + 1}`
      issues.push({ code: result.code, parameter: context.written, text: `${parameter.code}${place}: ${result.text}` })
    }
  }
  return values.length === parts.length ? values : undefined
}

/** `subject:Patient=23` is `subject=Patient/23`. */
function withType(values: readonly SearchValue[], type: string): readonly SearchValue[] | undefined {
  const typed = values.flatMap(each => {
    if (each.type !== 'reference' || (each.targetType !== undefined && each.targetType !== type)) return []
    return [{ ...each, targetType: type }]
  })
  return typed.length === values.length ? typed : undefined
}

/** `subject:Patient.name=x`, `subject.name=x`: for each type that the reference may lead to and that has the parameter. */
function parseChain(
  head: string,
  rest: string,
  raw: string,
  context: CriterionContext,
  issues: SearchIssue[],
): Criterion | undefined {
  const fail = (code: SearchIssueCode, text: string): undefined => {
    issues.push({ code, parameter: context.written, text })
    return undefined
  }
  const [code = '', targetType, ...more] = head.split(':')
  const parameter = findParameter(code, context)
  if (parameter === undefined) return fail('parameter-unknown', unknownText(code, context.resourceTypes))
  if (parameter.type !== 'reference' || more.length > 0)
    return fail('chain-invalid', `${code} is of type ${parameter.type}: only a reference leads to another resource`)
  const possible = context.parameters.targetsOf(parameter)
  if (targetType !== undefined && !possible.includes(targetType))
    return fail('type-unknown', `${code} does not refer to ${targetType}`)
  const targets: { readonly resourceType: string; readonly criterion: Criterion }[] = []
  const problems: SearchIssue[] = []
  for (const resourceType of targetType === undefined ? possible : [targetType]) {
    if (++context.branches.taken > SEARCH_BRANCHES_MAX) return tooManyBranches(context, issues)
    const inner = { ...context, resourceTypes: [resourceType], links: context.links + 1 }
    const criterion = parseCriterion(rest, raw, inner, problems)
    if (criterion !== undefined) targets.push({ resourceType, criterion })
  }
  const tooLarge = problems.find(problem => problem.code === 'search-too-large')
  if (tooLarge !== undefined) {
    issues.push(tooLarge)
    return undefined
  }
  if (targets.length === 0) {
    // A parameter that some type has, with a malformed value, tells more than all the types that lack it.
    const telling = problems.filter(problem => problem.code !== 'parameter-unknown')
    const [first] = telling.length > 0 ? telling : problems
    if (targetType !== undefined || telling.length > 0) issues.push(...(first === undefined ? [] : [first]))
    else fail('chain-invalid', `Nothing that ${code} refers to has a search parameter ${rest}`)
    return undefined
  }
  const named = targetType === undefined ? {} : { targetType }
  return { kind: 'chain', parameter: refOf(parameter), ...named, targets }
}

export const BRANCHES_TEXT: string = `The references of the chains may lead ${SEARCH_BRANCHES_MAX} ways and more: name their types`

function tooManyBranches(context: CriterionContext, issues: SearchIssue[]): undefined {
  issues.push({ code: 'search-too-large', parameter: context.written, text: BRANCHES_TEXT })
  return undefined
}

/** `_has:[type]:[reference parameter]:[parameter]` (R4 search.html#has). */
function parseHas(name: string, raw: string, context: CriterionContext, issues: SearchIssue[]): Criterion | undefined {
  const fail = (code: SearchIssueCode, text: string): undefined => {
    issues.push({ code, parameter: context.written, text })
    return undefined
  }
  const [, resourceType = '', code = '', ...rest] = name.split(':')
  if (code === '' || rest.length === 0 || rest[0] === '')
    return fail('chain-invalid', '_has is written _has:[type]:[reference parameter]:[parameter]')
  if (!context.parameters.resourceTypes.has(resourceType))
    return fail('type-unknown', `There is no resource type ${resourceType}`)
  const inner = { ...context, resourceTypes: [resourceType], links: context.links + 1 }
  const parameter = findParameter(code, inner)
  if (parameter === undefined) return fail('parameter-unknown', unknownText(code, [resourceType]))
  if (parameter.type !== 'reference') return fail('chain-invalid', `${code} of ${resourceType} is no reference`)
  const targets = context.parameters.targetsOf(parameter)
  if (context.resourceTypes.length > 0 && !context.resourceTypes.some(type => targets.includes(type)))
    return fail('chain-invalid', `${code} of ${resourceType} does not refer to ${context.resourceTypes.join(' or ')}`)
  const criterion = parseCriterion(rest.join(':'), raw, inner, issues)
  return criterion === undefined ? undefined : { kind: 'has', resourceType, parameter: refOf(parameter), criterion }
}
