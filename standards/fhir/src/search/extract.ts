import type { SearchParameter } from '../definitions/index.ts'
import type { FhirPathCompiler, FhirPathExpression } from '../fhirpath/expression.ts'
import { FhirNode, isJsonObject, type JsonObject } from '../fhirpath/node.ts'
import type { UcumPort } from '../fhirpath/quantity.ts'
import { parseReference } from '../fhirpath/reference.ts'
import type { Collection } from '../fhirpath/item.ts'
import { type LocalZone, UTC } from './date-range.ts'
import { dateValues } from './date-values.ts'
import type { CompositeValue, IndexValue, SearchIndex } from './index-value.ts'
import { numberValues, quantityValues } from './quantity-values.ts'
import { type IsOwnBase, referenceValues, uriValues } from './reference-values.ts'
import type { SearchIssue } from './search-issue.ts'
import type { SearchParameters, SearchType } from './search-parameters.ts'
import { stringValues } from './string-values.ts'
import { type CodeSystemOf, text, tokenValues } from './token-values.ts'

/** What the values depend on besides the resource. All of it is optional. */
export interface ExtractorSettings {
  /** For dates without a time zone; UTC unless said. */
  readonly zone?: LocalZone
  readonly ucum?: UcumPort
  /** The systems of plain codes, so that `gender=[system]|male` asks for the right one; without it, any system fits. */
  readonly codeSystem?: CodeSystemOf
  /** Which absolute references mean this server; none unless said. */
  readonly isOwnBase?: IsOwnBase
}

export interface SearchExtractor {
  /** All values of a resource, and the parameters whose expression failed on it. */
  extract(resource: JsonObject): { readonly index: SearchIndex; readonly issues: readonly SearchIssue[] }
  /** Parameters that cannot be extracted, with the reason: their expression is not supported. */
  unsupported(resourceType: string): readonly SearchIssue[]
}

interface CompiledComponent {
  readonly type: SearchType
  readonly expression: FhirPathExpression
}

interface CompiledParameter {
  readonly code: string
  readonly type: SearchType
  readonly expression: FhirPathExpression
  readonly components: readonly CompiledComponent[]
  /** Types that a reference may lead to; empty for any. */
  readonly target: readonly string[]
}

interface CompiledType {
  readonly parameters: readonly CompiledParameter[]
  readonly issues: readonly SearchIssue[]
}

/** Makes an extractor: expressions are compiled for each resource type when the first of that type comes. */
export function createSearchExtractor(
  compiler: FhirPathCompiler,
  parameters: SearchParameters,
  settings: ExtractorSettings = {},
): SearchExtractor {
  const types = new Map<string, CompiledType>()
  const compiled = (resourceType: string): CompiledType => {
    const known = types.get(resourceType)
    if (known !== undefined) return known
    const made = compileType(compiler, parameters, resourceType)
    // Types come from resources, so that only those which there are may be kept.
    if (parameters.resourceTypes.has(resourceType)) types.set(resourceType, made)
    return made
  }
  const values = new ValueReader(settings)
  return {
    unsupported: resourceType => compiled(resourceType).issues,
    extract(resource) {
      const resourceType = text(resource['resourceType']) ?? ''
      const focus = compiler.resource(resource)
      values.forget()
      const found = new Map<string, readonly IndexValue[]>()
      const issues: SearchIssue[] = []
      for (const parameter of compiled(resourceType).parameters) {
        const result = parameter.expression.evaluate(focus, ENVIRONMENT)
        if (!result.ok) issues.push(failed(parameter.code, result.issue.text))
        else if (result.items.length > 0) {
          const list =
            parameter.type === 'composite'
              ? values.composite(result.items, parameter.components, focus)
              : values.all(result.items, parameter.type, parameter.target)
          if (list.length > 0) found.set(parameter.code, list)
        }
      }
      return { index: { resourceType, resourceId: text(resource['id']), values: found }, issues }
    },
  }
}

/** `where(resolve() is Patient)` asks only for the type of what a reference leads to, which the reference mostly tells. */
function typeStub(reference: string | undefined, element: JsonObject | undefined): JsonObject | undefined {
  const named = reference === undefined ? undefined : parseReference(reference).type
  const resourceType = named ?? text(element?.['type'])
  return resourceType === undefined ? undefined : { resourceType }
}

const ENVIRONMENT = { ports: { resolve: typeStub } }

function failed(code: string, reason: string): SearchIssue {
  return { code: 'expression-failed', parameter: code, text: `The expression of ${code} failed: ${reason}` }
}

function compileType(compiler: FhirPathCompiler, parameters: SearchParameters, resourceType: string): CompiledType {
  const compiled: CompiledParameter[] = []
  const issues: SearchIssue[] = []
  for (const definition of parameters.forType(resourceType).values()) {
    if (definition.expression === undefined) continue
    const expression = compiler.compile(definition.expression, { focusType: resourceType })
    if (!expression.ok) {
      issues.push(unsupported(definition, expression.issue.text))
      continue
    }
    const components = compileComponents(compiler, parameters, definition, issues)
    if (components !== undefined)
      compiled.push({
        code: definition.code,
        type: definition.type,
        expression: expression.expression,
        components,
        target: definition.target ?? [],
      })
  }
  return { parameters: compiled, issues }
}

function unsupported(definition: SearchParameter, reason: string): SearchIssue {
  const message = `The expression of ${definition.code} is not supported: ${reason}`
  return { code: 'expression-unsupported', parameter: definition.code, text: message }
}

/** The components with their types; `undefined` when one of them cannot be compiled. */
function compileComponents(
  compiler: FhirPathCompiler,
  parameters: SearchParameters,
  definition: SearchParameter,
  issues: SearchIssue[],
): readonly CompiledComponent[] | undefined {
  const components: CompiledComponent[] = []
  for (const component of definition.type === 'composite' ? (definition.component ?? []) : []) {
    const expression = compiler.compile(component.expression)
    const target = parameters.byUrl(component.definition)
    if (!expression.ok || target === undefined) {
      issues.push(
        unsupported(definition, expression.ok ? `${component.definition} is not known` : expression.issue.text),
      )
      return undefined
    }
    components.push({ type: target.type, expression: expression.expression })
  }
  return components
}

class ValueReader {
  readonly #zone: LocalZone
  readonly #ucum: UcumPort | undefined
  readonly #isOwnBase: IsOwnBase
  readonly #codeSystem: CodeSystemOf
  /** Codes and quantities of the resource at hand: several parameters and their composites share them. */
  readonly #known = new Map<unknown, readonly IndexValue[]>()

  constructor(settings: ExtractorSettings) {
    this.#zone = settings.zone ?? UTC
    this.#ucum = settings.ucum
    this.#codeSystem = settings.codeSystem ?? ((): undefined => undefined)
    this.#isOwnBase = settings.isOwnBase ?? ((): boolean => false)
  }

  all(items: Collection, type: SearchType, target: readonly string[] = []): readonly IndexValue[] {
    const values: IndexValue[] = []
    for (const item of items) {
      const node = item instanceof FhirNode ? unwrapped(item) : undefined
      if (node === undefined) {
        // An expression that computes: `exists()` in a search parameter gives a truth value.
        if (type === 'token' && typeof item !== 'object') values.push({ type: 'token', code: String(item) })
        continue
      }
      // The first entry of a Bundle is its composition when it is a Composition.
      if (node.type.kind === 'resource' && target.length > 0 && !target.includes(node.type.name)) continue
      for (const value of this.#values(node, type)) values.push(value)
    }
    return values
  }

  /** Another resource comes. */
  forget(): void {
    this.#known.clear()
  }

  #once(node: FhirNode, read: () => readonly IndexValue[]): readonly IndexValue[] {
    if (!isJsonObject(node.value)) return read()
    const known = this.#known.get(node.value)
    if (known !== undefined) return known
    const values = read()
    this.#known.set(node.value, values)
    return values
  }

  composite(items: Collection, components: readonly CompiledComponent[], root: FhirNode): readonly CompositeValue[] {
    const composites: CompositeValue[] = []
    for (const item of items) {
      if (!(item instanceof FhirNode)) continue
      const parts = components.map(component => {
        const result = component.expression.evaluate(item, { ...ENVIRONMENT, resource: root })
        return result.ok ? this.all(result.items, component.type) : []
      })
      // Only what has every component can be found.
      if (parts.length > 0 && parts.every(part => part.length > 0))
        composites.push({ type: 'composite', components: parts })
    }
    return composites
  }

  #values(node: FhirNode, type: SearchType): readonly IndexValue[] {
    switch (type) {
      case 'token':
        return this.#once(node, () => tokenValues(node, this.#codeSystem))
      case 'string':
        return stringValues(node)
      case 'date':
        return dateValues(node, this.#zone)
      case 'number':
        return numberValues(node)
      case 'quantity':
        return quantityValues(node, this.#ucum)
      case 'reference':
        return referenceValues(node, this.#isOwnBase)
      case 'uri':
        return uriValues(node)
      case 'special':
        return positionValues(node)
      case 'composite':
        return []
    }
  }
}

/** Some expressions end at an extension and mean its value. */
function unwrapped(node: FhirNode): FhirNode {
  const { type, value } = node
  if (type.name !== 'Extension' || !isJsonObject(value)) return node
  const property = type.elements.get('value')?.properties.find(each => value[each.property] !== undefined)
  return property === undefined ? node : new FhirNode(property.type, value[property.property], undefined)
}

/** `Location.position`, for `near`. */
function positionValues(node: FhirNode): readonly IndexValue[] {
  if (!isJsonObject(node.value)) return []
  const { latitude, longitude } = node.value
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return []
  return [{ type: 'position', latitude, longitude }]
}
