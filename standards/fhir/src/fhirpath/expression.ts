import { Compiler } from './compile.ts'
import { type Collection, condition, type Item } from './item.ts'
import { FhirPathError, type FhirPathIssue } from './issue.ts'
import type { FhirPathModel, TypeInfo } from './model.ts'
import { resourceNode, UNKNOWN_TYPE } from './navigation.ts'
import { FhirNode, type JsonObject, nodeOf } from './node.ts'
import { parseFhirPath } from './parse.ts'
import { type Evaluator, type FhirPathPorts, Run } from './run.ts'

/** What the surroundings of an evaluation are. All of it is optional. */
export interface Environment {
  /** `%resource`: the resource that the focus is in. By default the focus, when it is a resource. */
  readonly resource?: FhirNode
  /** `%rootResource`: the resource that contains `%resource`; by default `%resource`. */
  readonly rootResource?: FhirNode
  /** Values of `%name`. */
  readonly variables?: Readonly<Record<string, Collection>>
  /** What `now()` says: an instant with its zone. */
  readonly now?: string
  readonly ports?: FhirPathPorts
}

export type EvaluationResult =
  | { readonly ok: true; readonly items: Collection }
  | { readonly ok: false; readonly issue: FhirPathIssue }

export type ConditionResult =
  | { readonly ok: true; readonly value: boolean | undefined }
  | { readonly ok: false; readonly issue: FhirPathIssue }

/** A compiled expression. It has no state: one may be evaluated any number of times. */
export interface FhirPathExpression {
  readonly text: string
  /** All items that the expression gives for a focus. */
  evaluate(focus: FhirNode | Collection, environment?: Environment): EvaluationResult
  /** The expression as a condition, as an invariant is: `undefined` when it gives nothing. */
  test(focus: FhirNode | Collection, environment?: Environment): ConditionResult
}

export type CompileResult =
  | { readonly ok: true; readonly expression: FhirPathExpression }
  | { readonly ok: false; readonly issue: FhirPathIssue }

export interface CompileOptions {
  /**
   * The type that every focus will have: branches that name another resource type, as in
   * `AllergyIntolerance.code | Observation.code`, are then left out.
   */
  readonly focusType?: string
}

/** Compiles expressions for one model, and makes the nodes that they are evaluated on. */
export interface FhirPathCompiler {
  readonly model: FhirPathModel
  /** What cannot be compiled comes back as an issue: code `unsupported` means that another engine may know it. */
  compile(text: string, options?: CompileOptions): CompileResult
  /** The resource as a focus; a type that the model does not have is read by its JSON alone. */
  resource(json: JsonObject): FhirNode
  /** An element as a focus: its type (`Patient.contact`, `HumanName`, `date`), its JSON, and `_name` beside a primitive. */
  element(typeName: string, value: unknown, sibling?: JsonObject): FhirNode
}

const NO_PORTS: FhirPathPorts = {}
const NO_VARIABLES: Readonly<Record<string, Collection>> = {}

/** A compiler for a model, such as the one that `modelFromStructureDefinitions` makes of R4's definitions. */
export function createFhirPathCompiler(model: FhirPathModel): FhirPathCompiler {
  const types = (name: string): ReturnType<FhirPathModel['type']> => model.type(name)
  return {
    model,
    resource: json => resourceNode(json, model) ?? new FhirNode(UNKNOWN_TYPE, json, undefined),
    element: (typeName, value, sibling) => nodeOf(model.type(typeName) ?? UNKNOWN_TYPE, value, sibling, types),
    compile(text, options) {
      const parsed = parseFhirPath(text)
      if (!parsed.ok) return parsed
      try {
        const evaluator = new Compiler(model, focusTypeOf(model, options)).compile(parsed.expression)
        return { ok: true, expression: new CompiledExpression(text, evaluator, model) }
      } catch (error) {
        if (error instanceof FhirPathError) return { ok: false, issue: error.toIssue() }
        throw error
      }
    },
  }
}

/** Expressions on a choice, or on an element, may start in ways that the type does not tell. */
function focusTypeOf(model: FhirPathModel, options: CompileOptions | undefined): TypeInfo | undefined {
  const type = options?.focusType === undefined ? undefined : model.type(options.focusType)
  return type?.kind === 'resource' ? type : undefined
}

class CompiledExpression implements FhirPathExpression {
  readonly text: string
  readonly #evaluator: Evaluator
  readonly #model: FhirPathModel

  constructor(text: string, evaluator: Evaluator, model: FhirPathModel) {
    this.text = text
    this.#evaluator = evaluator
    this.#model = model
  }

  evaluate(focus: FhirNode | Collection, environment?: Environment): EvaluationResult {
    try {
      return { ok: true, items: this.#evaluator(this.#run(focus, environment)) }
    } catch (error) {
      return failure(error)
    }
  }

  test(focus: FhirNode | Collection, environment?: Environment): ConditionResult {
    try {
      const items = this.#evaluator(this.#run(focus, environment))
      return { ok: true, value: condition(items, 'A condition') }
    } catch (error) {
      return failure(error)
    }
  }

  #run(focus: FhirNode | Collection, environment: Environment | undefined): Run {
    const context: readonly Item[] = focus instanceof FhirNode ? [focus] : focus
    const [first] = context
    const own = first instanceof FhirNode && first.type.kind === 'resource' ? first : undefined
    const resource = environment?.resource ?? own
    return new Run({
      model: this.#model,
      ports: environment?.ports ?? NO_PORTS,
      resource,
      rootResource: environment?.rootResource ?? resource,
      context,
      variables: environment?.variables ?? NO_VARIABLES,
      now: environment?.now,
    })
  }
}

function failure(error: unknown): { readonly ok: false; readonly issue: FhirPathIssue } {
  if (error instanceof FhirPathError) return { ok: false, issue: error.toIssue() }
  // Expressions nest to a bounded depth, but a resource may not: running out of stack is bad input, not a fault of ours.
  if (error instanceof RangeError)
    return { ok: false, issue: { code: 'evaluation-too-large', text: 'The evaluation went deeper than the stack' } }
  throw error
}
