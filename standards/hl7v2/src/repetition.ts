import { nthPart } from './element.ts'
import type { MessageContext } from './message-context.ts'
import type { ComponentPath } from './path.ts'
import { fieldPathParts } from './path.ts'

/** One repetition of a field, as it stood when it was read. */
export class Repetition {
  readonly raw: string
  /** 1-based. */
  readonly number: number
  readonly #context: MessageContext

  constructor(raw: string, number: number, context: MessageContext) {
    this.raw = raw
    this.number = number
    this.#context = context
  }

  /** Decoded text of a component or subcomponent: `'1'`, `'4.2'`. Without a path, of the first. */
  text(path: ComponentPath = '1'): string | undefined {
    const raw = this.element(path, true)
    return raw === undefined ? undefined : this.#context.decodeLeaf(raw)
  }

  /** Raw form of a component with its subcomponents, or of a subcomponent. */
  rawOf(path: ComponentPath): string | undefined {
    return this.element(path, false)
  }

  private element(path: ComponentPath, leaf: boolean): string | undefined {
    const { component, subcomponent } = this.#context.delimiters
    // A component path reads like a field path one level up: its field is our component.
    const parts = fieldPathParts(path)
    const found = nthPart(this.raw, component, parts.field)
    if (found === undefined || (!leaf && parts.component === 0)) return found
    return nthPart(found, subcomponent, parts.component || 1)
  }
}

/** The repetitions of a field; an empty field has none. */
export function repetitionsOf(field: string | undefined, context: MessageContext): Repetition[] {
  if (field === undefined || field === '') return []
  const mark = context.delimiters.repetition
  const raws = mark === undefined ? [field] : field.split(mark)
  return raws.map((raw, index) => new Repetition(raw, index + 1, context))
}
