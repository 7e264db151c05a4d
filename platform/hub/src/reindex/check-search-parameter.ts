import type { SearchParameter } from '@samband/fhir/definitions'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { SearchParameters } from '@samband/fhir/search'
import type { HubIssue } from '../hub-error.ts'
import { answeredByColumns } from '../storage/index-rows.ts'
import type { ReindexLimits } from './limits.ts'
import type { OwnParameters } from './own-parameters.ts'
import { activeDefinition } from './search-parameter.ts'
import { unknownElement } from './unknown-element.ts'

/** Parameters of the search itself, and those that this server answers by other means than an expression (R4 search.html#table). */
const reservedCodes: ReadonlySet<string> = new Set(
  (
    '_id _lastUpdated _sort _count _include _revinclude _summary _total _elements _contained _containedType _format ' +
    '_pretty _has _filter _list _text _content _query _type _since _at _page _cursor'
  ).split(' '),
)

const codeForm = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/

const indexedTypes: ReadonlySet<string> = new Set([
  'number',
  'date',
  'string',
  'token',
  'reference',
  'composite',
  'quantity',
  'uri',
])

const abstractTypes: ReadonlySet<string> = new Set(['Resource', 'DomainResource'])

/** The beginnings of a union's branches: `Patient.name | (Person.name)`. */
const branchStart = /(?:^|\|)[\s(]*([A-Z][A-Za-z]+)\b/g

/**
 * What is wrong with a SearchParameter that is to become active: all of it, none for one that is a draft or retired. The
 * shape has been validated before.
 */
export function checkSearchParameter(
  registry: OwnParameters,
  limits: ReindexLimits,
  resource: JsonObject,
): readonly HubIssue[] {
  if (resource['status'] !== 'active') return []
  const definition = activeDefinition(resource)
  if (definition === undefined) {
    return [issue('search-parameter-incomplete', 'An active SearchParameter needs url, code, type and base', '')]
  }
  const id = typeof resource['id'] === 'string' ? resource['id'] : undefined
  return [
    ...nameIssues(definition),
    ...baseIssues(registry, definition),
    ...expressionIssues(registry, limits, definition),
    ...componentIssues(registry, definition),
    ...clashIssues(registry, definition, id),
    ...countIssues(registry, limits, id),
  ]
}

/**
 * The definition of a stored SearchParameter, if this process can index by it. What is stored was checked when it was
 * written, perhaps by a version with other abilities.
 */
export function usableDefinition(
  registry: OwnParameters,
  limits: ReindexLimits,
  resource: JsonObject,
): SearchParameter | undefined {
  const definition = activeDefinition(resource)
  if (definition === undefined) return undefined
  const issues = [
    ...nameIssues(definition),
    ...baseIssues(registry, definition),
    ...expressionIssues(registry, limits, definition),
  ]
  return issues.length === 0 ? definition : undefined
}

function nameIssues({ code, type, xpathUsage, derivedFrom }: SearchParameter): readonly HubIssue[] {
  const issues: HubIssue[] = []
  if (!codeForm.test(code)) {
    const text = 'The code must be a letter or _ and then letters, digits, _ or -, at most 100 characters'
    issues.push(issue('search-parameter-code', text, 'code'))
  }
  // Guides say again what every type has: that is answered as before.
  if (reservedCodes.has(code) && !(answeredByColumns.has(code) && derivedFrom !== undefined)) {
    issues.push(issue('search-parameter-code', 'The code is one of the parameters that every search has', 'code'))
  }
  if (!indexedTypes.has(type)) {
    issues.push(issue('search-parameter-type', `Parameters of type ${type} cannot be defined on this server`, 'type'))
  }
  if (xpathUsage !== undefined && xpathUsage !== 'normal') {
    const text = `A use of the expression other than "normal" is not supported`
    issues.push(issue('search-parameter-usage', text, 'xpathUsage'))
  }
  return issues
}

function baseIssues({ resourceTypes }: OwnParameters, { base, target }: SearchParameter): readonly HubIssue[] {
  const issues: HubIssue[] = []
  if (base.length === 0) issues.push(issue('search-parameter-base', 'A base is needed', 'base'))
  for (const [index, type] of base.entries()) {
    if (resourceTypes.has(type) || abstractTypes.has(type)) continue
    issues.push(issue('search-parameter-base', 'The base is no resource type', `base[${index}]`))
  }
  for (const [index, type] of (target ?? []).entries()) {
    if (resourceTypes.has(type) || abstractTypes.has(type)) continue
    issues.push(issue('search-parameter-target', 'The target is no resource type', `target[${index}]`))
  }
  return issues
}

function expressionIssues(
  { compiler, resourceTypes }: OwnParameters,
  { expressionCharactersMax }: ReindexLimits,
  { base, expression }: SearchParameter,
): readonly HubIssue[] {
  const at = 'expression'
  if (expression === undefined) {
    return [issue('search-parameter-expression', 'An expression is needed: by it resources are found', at)]
  }
  if (expression.length > expressionCharactersMax) {
    const text = `The expression is longer than ${expressionCharactersMax} characters`
    return [issue('search-parameter-expression', text, at)]
  }
  const issues: HubIssue[] = []
  const unknown = unknownElement(compiler.model, expression)
  if (unknown !== undefined) {
    issues.push(issue('search-parameter-expression', `There is no element ${unknown}`, at))
  }
  for (const type of base) {
    const options = resourceTypes.has(type) ? { focusType: type } : {}
    const compiled = compiler.compile(expression, options)
    if (!compiled.ok) {
      issues.push(issue('search-parameter-expression', `The expression is not usable: ${compiled.issue.text}`, at))
      return issues
    }
    const starts = [...expression.matchAll(branchStart)].map(([, name]) => name ?? '')
    const named = starts.filter(name => resourceTypes.has(name))
    if (named.length > 0 && named.length === starts.length && !abstractTypes.has(type) && !named.includes(type)) {
      issues.push(issue('search-parameter-expression', `The expression is about other types than ${type}`, at))
    }
  }
  return issues
}

function componentIssues(
  { compiler, parameters }: OwnParameters,
  { type, component }: SearchParameter,
): readonly HubIssue[] {
  if (type !== 'composite') return []
  const components = component ?? []
  if (components.length < 2) {
    return [issue('search-parameter-component', 'A composite needs two components or more', 'component')]
  }
  return components.flatMap(({ definition, expression }, index) => {
    const issues: HubIssue[] = []
    const target = parameters.byUrl(definition)
    const at = `component[${index}]`
    if (target === undefined) {
      issues.push(issue('search-parameter-component', 'The definition is not known here', `${at}.definition`))
    } else if (target.type === 'composite' || target.type === 'special') {
      const text = `A component cannot be of type ${target.type}`
      issues.push(issue('search-parameter-component', text, `${at}.definition`))
    }
    const compiled = compiler.compile(expression)
    if (!compiled.ok) {
      const text = `The expression is not usable: ${compiled.issue.text}`
      issues.push(issue('search-parameter-expression', text, `${at}.expression`))
    }
    return issues
  })
}

/**
 * A code is defined once for a type. One of the standard's is replaced only by a definition that says so: by `derivedFrom`,
 * or by having its url.
 */
function clashIssues(
  registry: OwnParameters,
  definition: SearchParameter,
  id: string | undefined,
): readonly HubIssue[] {
  const standard = new Map(registry.standard.map(each => [each.url, each]))
  const others = [...registry.own.values()].filter(each => each.id !== id)
  const issues: HubIssue[] = []
  if (others.some(each => each.definition.url === definition.url)) {
    issues.push(issue('search-parameter-clash', 'Another active SearchParameter has this url', 'url', 'duplicate'))
  }
  const standardOnly = standardParameters(registry)
  for (const [index, base] of definition.base.entries()) {
    const types = abstractTypes.has(base) ? registry.resourceTypes : [base]
    const at = `base[${index}]`
    const clash = others.some(
      each =>
        each.definition.code === definition.code &&
        each.definition.base.some(type => type === base || abstractTypes.has(type) || abstractTypes.has(base)),
    )
    if (clash) {
      const text = `Another active SearchParameter has the code ${definition.code} for ${base}`
      issues.push(issue('search-parameter-clash', text, at, 'duplicate'))
    }
    for (const type of types) {
      const known = standardOnly.find(type, definition.code)
      if (known === undefined || known.url === definition.url || replaces(definition, known, standard)) continue
      const text = `${definition.code} is one of the standard's parameters of ${type}: to replace it, say derivedFrom`
      issues.push(issue('search-parameter-clash', text, at, 'duplicate'))
      break
    }
  }
  return issues
}

const standards = new WeakMap<readonly SearchParameter[], SearchParameters>()

function standardParameters({ standard, resourceTypes }: OwnParameters): SearchParameters {
  const known = standards.get(standard) ?? new SearchParameters(standard, resourceTypes)
  standards.set(standard, known)
  return known
}

function replaces(
  { derivedFrom, type }: SearchParameter,
  known: SearchParameter,
  standard: ReadonlyMap<string, SearchParameter>,
): boolean {
  if (derivedFrom === undefined) return false
  const from = standard.get(derivedFrom)
  return from !== undefined && from.url === known.url && from.type === type
}

function countIssues(
  { own }: OwnParameters,
  { ownParametersMax }: ReindexLimits,
  id: string | undefined,
): readonly HubIssue[] {
  const others = own.size - (id !== undefined && own.has(id) ? 1 : 0)
  if (others < ownParametersMax) return []
  const text = `There are ${ownParametersMax} active SearchParameters already: retire one first`
  return [issue('search-parameter-count', text, '', 'too-costly')]
}

function issue(code: string, text: string, at: string, type = 'business-rule'): HubIssue {
  const expression = at === '' ? 'SearchParameter' : `SearchParameter.${at}`
  return { severity: 'error', type, code, text, expression }
}
