import { type Collection, EMPTY } from './item.ts'
import { FhirPathError } from './issue.ts'
import type { FhirPathModel, TypeInfo } from './model.ts'
import type { FhirNode, JsonObject } from './node.ts'
import type { UcumPort } from './quantity.ts'

/** What an expression may ask of its surroundings. A port that is absent makes its function an issue, except `resolve` and `trace`. */
export interface FhirPathPorts {
  /**
   * The resource that a reference, canonical or URL means, if it is at hand; contained ones are found without it. The
   * element is the Reference, where it is one: it may name a type or an identifier and have no literal reference.
   */
  readonly resolve?: (reference: string | undefined, element: JsonObject | undefined) => JsonObject | undefined
  /** Whether a code, Coding or CodeableConcept is in a value set; `undefined` when that cannot be told. */
  readonly memberOf?: (value: unknown, type: string, valueSetUrl: string) => boolean | undefined
  /** Whether a resource or element conforms to a profile; `undefined` when that cannot be told. */
  readonly conformsTo?: (value: unknown, type: string, profileUrl: string) => boolean | undefined
  /** Whether XHTML is allowed in a narrative (R4 narrative.html#security); without the port every text is. */
  readonly checkHtml?: (xhtml: string) => boolean
  readonly trace?: (name: string, items: Collection) => void
  readonly ucum?: UcumPort
}

/** One evaluation. Mutable: the focus moves as the closures run, and each evaluation has its own. */
export class Run {
  readonly model: FhirPathModel
  readonly ports: FhirPathPorts
  readonly resource: FhirNode | undefined
  readonly rootResource: FhirNode | undefined
  readonly context: Collection
  readonly variables: Readonly<Record<string, Collection>>
  /** An instant with its zone, such as `2026-01-31T12:00:00+01:00`: what `now()` and `today()` say. */
  readonly now: string | undefined
  /** `$this`: what a path without a source starts from. */
  focus: Collection
  /** What steady parts of the expression gave, by their number. */
  readonly remembered: (Collection | undefined)[] = []
  index = 0
  total: Collection = EMPTY

  constructor(settings: RunSettings) {
    this.model = settings.model
    this.ports = settings.ports
    this.resource = settings.resource
    this.rootResource = settings.rootResource
    this.context = settings.context
    this.variables = settings.variables
    this.now = settings.now
    this.focus = settings.context
  }

  readonly types = (name: string): TypeInfo | undefined => this.model.type(name)
}

export interface RunSettings {
  readonly model: FhirPathModel
  readonly ports: FhirPathPorts
  readonly resource: FhirNode | undefined
  readonly rootResource: FhirNode | undefined
  readonly context: Collection
  readonly variables: Readonly<Record<string, Collection>>
  readonly now: string | undefined
}

/** A compiled expression, or a part of one. */
export type Evaluator = (run: Run) => Collection

/** Runs `body` with each item as the focus; a result that `keep` answers true for stops the loop. */
export function forEachFocus(
  items: Collection,
  run: Run,
  body: Evaluator,
  stop: (result: Collection, index: number) => boolean,
): void {
  const { focus, index } = run
  for (let position = 0; position < items.length; position++) {
    const item = items[position]
    if (item === undefined) continue
    run.focus = [item]
    run.index = position
    if (stop(body(run), position)) break
  }
  run.focus = focus
  run.index = index
}

export function tooLarge(itemsMax: number): FhirPathError {
  return new FhirPathError('evaluation-too-large', `An evaluation made a collection of more than ${itemsMax} items`)
}
