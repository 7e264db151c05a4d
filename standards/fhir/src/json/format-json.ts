import { keptLiteral, literalsOf } from './decimal-literals.ts'

export interface FormatJsonOptions {
  /** Two spaces per level, as `_pretty=true` asks for. */
  readonly pretty?: boolean
}

/**
 * Writes JSON with every decimal as it was read or set. Members that are `undefined` are left out, as `JSON.stringify` does. Where no
 * decimal needs more than its number, `JSON.stringify` does the work.
 */
export function formatJson(value: unknown, options: FormatJsonOptions = {}): string {
  const indent = options.pretty === true ? '  ' : ''
  if (!hasLiterals(value)) return JSON.stringify(value, undefined, indent) ?? 'null'
  return writeValue(value, indent, '\n')
}

function hasLiterals(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasLiterals)
  if (literalsOf(value) !== undefined) return true
  for (const key in value) {
    // `key` is a member of this very object.
    const member = value[key as keyof typeof value]
    if (typeof member === 'object' && member !== null && hasLiterals(member)) return true
  }
  return false
}

function writeValue(value: unknown, indent: string, newline: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return writeList(value, indent, newline, undefined, '')
  const inner = indent === '' ? '' : newline + indent
  const literals = literalsOf(value) === undefined ? undefined : value
  let text = ''
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value]
    if (member === undefined || typeof member === 'function') continue
    text += `${text === '' ? '' : ','}${inner}${JSON.stringify(key)}:${indent === '' ? '' : ' '}`
    if (Array.isArray(member)) text += writeList(member, indent, inner, literals, key)
    else if (typeof member === 'number') text += writeNumber(member, literals, key, undefined)
    else text += writeValue(member, indent, inner)
  }
  return text === '' ? '{}' : `{${text}${indent === '' ? '' : newline}}`
}

function writeList(
  list: readonly unknown[],
  indent: string,
  newline: string,
  literals: object | undefined,
  key: string,
): string {
  if (list.length === 0) return '[]'
  const inner = indent === '' ? '' : newline + indent
  let text = ''
  for (let index = 0; index < list.length; index++) {
    const entry = list[index]
    text += (index === 0 ? '' : ',') + inner
    text += typeof entry === 'number' ? writeNumber(entry, literals, key, index) : writeValue(entry, indent, inner)
  }
  return `[${text}${indent === '' ? '' : newline}]`
}

function writeNumber(number: number, literals: object | undefined, key: string, index: number | undefined): string {
  const literal = literals === undefined ? undefined : keptLiteral(literals, key, index, number)
  return literal ?? JSON.stringify(number)
}
