import { parseRef } from '../condition/parse-condition.ts'
import type { Reader, Scope } from './compile-condition.ts'
import { readerOf } from './compile-condition.ts'

/** A constant, or texts and elements joined. */
export type Composition =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'composed'; readonly parts: readonly (string | Reader)[] }

/** Reads an assignment of the guide: `"official"`, `"urn:oid:"+HD.2`. Remarks between slashes are none. */
export function parseComposition(
  text: string,
  owner: string,
  isDataType: (name: string) => boolean,
): Composition | undefined {
  const trimmed = text.trim()
  const constant = /^"([^"]*)"?$/.exec(trimmed)
  if (constant !== null) return { kind: 'constant', text: (constant[1] ?? '').trim() }
  const parts: (string | Reader)[] = []
  const token = /\s*(?:"([^"]*)"|([A-Z][A-Z0-9]{1,2}(?:[-.]\d+)*))\s*(\+|$|(?="))/y
  while (token.lastIndex < trimmed.length) {
    const match = token.exec(trimmed)
    if (match === null) return undefined
    if (match[1] !== undefined) parts.push(match[1])
    else {
      const ref = parseRef(match[2] ?? '')
      if (ref === undefined) return undefined
      parts.push(readerOf(ref, owner, isDataType))
    }
  }
  return parts.length === 0 ? undefined : { kind: 'composed', parts }
}

/** The text of a composition; empty where none of its elements says anything. */
export function composeText(parts: readonly (string | Reader)[], scope: Scope): string {
  let found = false
  const texts = parts.map(part => {
    if (typeof part === 'string') return part
    const text = part(scope)?.text ?? ''
    if (text !== '') found = true
    return text
  })
  return found ? texts.join('').trim() : ''
}
