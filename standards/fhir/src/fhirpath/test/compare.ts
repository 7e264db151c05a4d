import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { SearchParameter, StructureDefinition } from '../../definitions/index.ts'
import {
  Decimal,
  type FhirPathCompiler,
  type FhirPathExpression,
  FhirNode,
  isJsonObject,
  type Item,
  type JsonObject,
  parseReference,
  Quantity,
  Temporal,
  type TypeInfo,
} from '../index.ts'

/** A difference between the two engines: how often, and where first. */
export interface Difference {
  count: number
  readonly example: string
  /** fhirpath.js gave no answer. */
  readonly refused: boolean
}

export interface Comparison {
  equal: number
  oursMs: number
  theirsMs: number
  /** By expression. */
  readonly differences: Map<string, Difference>
}

type Theirs = (resource: unknown, variables: Record<string, unknown>) => unknown

export interface Reason {
  /** The part of an expression that tells. */
  readonly part: string
  /** Whether fhirpath.js gives no answer, or another. */
  readonly refused: boolean
  readonly why: string
}

/** Why the engines differ, where they do. Most are what R4 itself writes and fhirpath.js 5.2 refuses. */
export const REASONS: readonly Reason[] = [
  {
    part: ' as ',
    refused: true,
    why: 'fhirpath.js takes one item before as; R4 uses it on repeating elements, as a filter',
  },
  {
    part: '.as(',
    refused: true,
    why: 'fhirpath.js takes one item before as(); R4 uses it on all descendants, as a filter',
  },
  {
    part: 'matches(',
    refused: true,
    why: 'fhirpath.js reads patterns in Unicode mode, which forbids escapes that R4 uses',
  },
  { part: 'hasExtension', refused: true, why: "no function of FHIRPath, but one of R4's search parameters uses it" },
  {
    part: 'Observation | Observation.component',
    refused: false,
    why: 'one example has components of 1e-22 and 1e-245, which fhirpath.js rounds to the same',
  },
]

/** The reason for a difference; `undefined` when there is none. */
export function reasonFor(expression: string, difference: Difference): Reason | undefined {
  return REASONS.find(reason => reason.refused === difference.refused && expression.includes(reason.part))
}

/** Runs every search expression and every invariant by both engines, and compares what they give. */
export class EngineComparison {
  readonly search: Comparison = { equal: 0, oursMs: 0, theirsMs: 0, differences: new Map() }
  readonly invariants: Comparison = { equal: 0, oursMs: 0, theirsMs: 0, differences: new Map() }
  readonly #compiler: FhirPathCompiler
  readonly #nowMs: () => number
  readonly #byType = new Map<string, SearchParameter[]>()
  readonly #constraints = new Map<string, readonly string[]>()
  readonly #ours = new Map<string, FhirPathExpression | string>()
  readonly #theirs = new Map<string, Theirs>()

  constructor(
    compiler: FhirPathCompiler,
    parameters: readonly SearchParameter[],
    types: Iterable<StructureDefinition>,
    nowMs: () => number = () => 0,
  ) {
    this.#compiler = compiler
    this.#nowMs = nowMs
    for (const parameter of parameters)
      for (const base of parameter.expression === undefined ? [] : (parameter.base ?? []))
        this.#byType.set(base, [...(this.#byType.get(base) ?? []), parameter])
    for (const type of types)
      for (const element of type.snapshot?.element ?? []) {
        const expressions = (element.constraint ?? []).flatMap(each => each.expression ?? [])
        // One rule stands on every element; the others of the element say more.
        this.#constraints.set(
          element.path,
          expressions.filter(each => !each.startsWith('hasValue() or (children()')),
        )
      }
  }

  compareSearch(resource: JsonObject): void {
    const type = String(resource['resourceType'])
    const focus = this.#compiler.resource(resource)
    for (const base of ['Resource', 'DomainResource', type])
      for (const { expression } of this.#byType.get(base) ?? []) {
        if (expression === undefined) continue
        // fhirpath.js resolves over the network only: the type is asked of the reference itself.
        const comparable = expression.replaceAll(/resolve\(\) is (\w+)/g, "reference.contains('$1/')")
        this.#compare(this.search, comparable, focus, resource, undefined, resource)
      }
  }

  compareInvariants(resource: JsonObject): void {
    const { type } = this.#compiler.resource(resource)
    this.#visit(type, type.name, resource, resource)
  }

  #visit(type: TypeInfo, path: string, value: JsonObject, resource: JsonObject): void {
    const expressions = new Set([...(this.#constraints.get(path) ?? []), ...(this.#constraints.get(type.name) ?? [])])
    for (const expression of expressions) {
      const base = type.kind === 'resource' ? undefined : type.name
      this.#compare(this.invariants, expression, this.#compiler.element(type.name, value), value, base, resource)
    }
    for (const [name, child] of Object.entries(value)) {
      const info = type.properties.get(name)
      if (info === undefined || info.type.kind !== 'complex') continue
      for (const each of Array.isArray(child) ? child : [child])
        if (isJsonObject(each)) this.#visit(info.type, `${path}.${info.element}`, each, resource)
    }
  }

  #compare(
    into: Comparison,
    expression: string,
    focus: FhirNode,
    value: JsonObject,
    base: string | undefined,
    resource: JsonObject,
  ): void {
    const ours = this.#oursOf(expression)
    const theirs = this.#theirsOf(expression, base)
    let started = this.#nowMs()
    const result =
      typeof ours === 'string'
        ? ours
        : ours.evaluate(focus, { resource: this.#compiler.resource(resource), ports: { resolve: stub } })
    into.oursMs += this.#nowMs() - started
    const first =
      typeof result === 'string'
        ? `ERROR ${result}`
        : result.ok
          ? JSON.stringify(result.items.filter(hasContent).map(plain))
          : `ERROR ${result.issue.text}`
    started = this.#nowMs()
    const second = evaluateTheirs(theirs, value, resource)
    into.theirsMs += this.#nowMs() - started
    if (first === second || (first.startsWith('ERROR') && second.startsWith('ERROR'))) {
      into.equal++
      return
    }
    const known = into.differences.get(expression)
    const example = `${String(resource['resourceType'])}/${String(resource['id'])}: ours ${first.slice(0, 200)}, theirs ${second.slice(0, 200)}`
    if (known === undefined)
      into.differences.set(expression, { count: 1, example, refused: second.startsWith('ERROR') })
    else known.count++
  }

  #oursOf(expression: string): FhirPathExpression | string {
    const known = this.#ours.get(expression)
    if (known !== undefined) return known
    const compiled = this.#compiler.compile(expression)
    const made = compiled.ok ? compiled.expression : compiled.issue.text
    this.#ours.set(expression, made)
    return made
  }

  #theirsOf(expression: string, base: string | undefined): Theirs {
    const key = `${base ?? ''} ${expression}`
    const known = this.#theirs.get(key)
    if (known !== undefined) return known
    // Typed for one kind of path at a time.
    const made =
      base === undefined
        ? fhirpath.compile(expression, r4, OPTIONS)
        : fhirpath.compile({ base, expression }, r4, OPTIONS)
    this.#theirs.set(key, made)
    return made
  }
}

/** Their resolve() is asynchronous; the one rule that uses it gets what ours gets. */
const OPTIONS = {
  traceFn: (): void => {},
  userInvocationTable: {
    resolve: {
      fn: (inputs: readonly unknown[]): unknown[] =>
        inputs.flatMap(input => (isJsonObject(input) ? (stub(text(input['reference'])) ?? []) : [])),
      arity: { 0: [] },
    },
    htmlChecks: { fn: (): boolean[] => [true], arity: { 0: [] } },
  },
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function stub(reference: string | undefined): JsonObject | undefined {
  const type = reference === undefined ? undefined : parseReference(reference).type
  return type === undefined ? undefined : { resourceType: type }
}

function evaluateTheirs(theirs: Theirs, value: JsonObject, resource: JsonObject): string {
  try {
    return JSON.stringify(theirs(value, { resource, rootResource: resource, context: value }))
  } catch (error) {
    return `ERROR ${error instanceof Error ? error.message : String(error)}`
  }
}

/** fhirpath.js leaves primitives without a value out of what it gives. */
function hasContent(item: Item): boolean {
  return !(item instanceof FhirNode) || (item.value !== undefined && item.value !== null)
}

function plain(item: Item): unknown {
  if (item instanceof FhirNode) return item.value
  if (item instanceof Decimal) return item.toNumber()
  return item instanceof Temporal || item instanceof Quantity ? item.toString() : item
}

/** The differences without a reason. */
export function unexplained(comparison: Comparison): readonly string[] {
  return [...comparison.differences]
    .filter(([expression, difference]) => reasonFor(expression, difference) === undefined)
    .map(([expression, { count, example }]) => `${count} x ${expression}\n    ${example}`)
}
