import { Hl7Error } from './hl7-error.ts'
import type { MessageContext } from './message-context.ts'

/**
 * A value to set. A string is text, and is escaped; `null` is HL7's `""`; an array is divided into the next lower level:
 * components of a field or repetition, subcomponents of a component.
 */
export type ElementValue = string | null | readonly (string | null | readonly (string | null)[])[]

/** HL7's explicit null: delete what is stored (HL7 v2.5.1 §2.5.3). */
export const NULL_RAW = '""'

/** Raw form of a value whose outermost array is divided by components (`level` 0) or subcomponents (1). */
export function encodeValue(value: ElementValue, level: 0 | 1, context: MessageContext, path: string): string {
  if (value === null) return NULL_RAW
  if (typeof value === 'string') return context.encodeLeaf(value, path)
  const { component, subcomponent } = context.delimiters
  const mark = level === 0 ? component : subcomponent
  const parts = value.map(part => {
    if (part === null || typeof part === 'string') return encodeValue(part, 1, context, path)
    if (level === 1)
      throw new Hl7Error('raw-breaks-structure', `${path}: subcomponents cannot be divided further`, path)
    return encodeValue(part, 1, context, path)
  })
  if (mark === undefined && parts.length > 1) {
    throw new Hl7Error('raw-breaks-structure', `${path}: MSH-2 declares no delimiter for this level`, path)
  }
  return parts.join(mark ?? '')
}
