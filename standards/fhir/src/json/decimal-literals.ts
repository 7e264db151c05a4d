/**
 * Decimals whose text a JavaScript number does not keep: `1.10`, `2.0`, `1e2`, `-0.0`, more than 17 digits. FHIR holds that the number
 * of digits says how exact a measurement was (FHIR R4 datatypes.html#decimal), so the text must survive.
 *
 * Such an element stays a plain number, as everybody expects of JSON, and its text is kept beside it under a symbol of the object that
 * holds it. The symbol is passed over by `for in`, `Object.keys`, `JSON.stringify` and FHIRPath, and goes along with `{...quantity}` and
 * `Object.assign`. A text counts only while its number is unchanged: `quantity.value = 3` is written as 3. It does not go along with
 * `structuredClone` and `JSON.parse(JSON.stringify(x))`: send resources between threads as text, and copy them with `copyResource`.
 *
 * Other ways lost: a class for decimals (every map, route and FHIRPath library would meet objects where numbers are expected), and a
 * `WeakMap` beside the tree (a shallow copy forgets it, and nobody notices).
 */
export const DECIMAL_LITERALS: unique symbol = Symbol.for('samband.fhir.decimalLiterals')

/** The texts of an object's decimals by member; a list has a text or a hole per entry. */
export type DecimalLiterals = Record<string, string | (string | undefined)[]>

interface LiteralHolder {
  [DECIMAL_LITERALS]?: DecimalLiterals
}

/** What a decimal's text may look like (JSON's numbers, RFC 8259 §6). */
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/**
 * The text of a decimal as it was read or set: of `holder[key]`, or of `holder[key][index]`. It is the number's own text where no other was
 * kept, and nothing where there is no number.
 */
export function decimalText(holder: object, key: string, index?: number): string | undefined {
  const value = member(holder, key)
  const number: unknown = index === undefined ? value : Array.isArray(value) ? value[index] : undefined
  if (typeof number !== 'number') return undefined
  return keptLiteral(holder, key, index, number) ?? String(number)
}

/** The kept text, where there is one and the number is still the one that it is of. */
export function keptLiteral(
  holder: object,
  key: string,
  index: number | undefined,
  number: number,
): string | undefined {
  const kept = literalsOf(holder)?.[key]
  if (kept === undefined) return undefined
  const literal = typeof kept === 'string' ? (index === undefined ? kept : undefined) : kept[index ?? -1]
  return literal !== undefined && Object.is(Number(literal), number) ? literal : undefined
}

export function literalsOf(holder: object): DecimalLiterals | undefined {
  return (holder as LiteralHolder)[DECIMAL_LITERALS]
}

/** Sets `holder[key]` to a decimal with exactly this text. Throws `RangeError` where the text is no decimal. */
export function setDecimal<T extends object>(holder: T, key: keyof T & string, text: string): void {
  if (!DECIMAL.test(text)) throw new RangeError(`${key} takes a decimal as JSON writes it, such as 1.10`)
  Object.assign(holder, { [key]: Number(text) })
  if (String(Number(text)) !== text) keepLiteral(holder, key, undefined, text)
}

/** Keeps the text of the decimal that `holder[key]`, or its entry at `index`, is. */
export function keepLiteral(holder: object, key: string, index: number | undefined, literal: string): void {
  const owner = holder as LiteralHolder
  const literals = (owner[DECIMAL_LITERALS] ??= {})
  if (index === undefined) {
    literals[key] = literal
    return
  }
  const kept = literals[key]
  const list = Array.isArray(kept) ? kept : (literals[key] = [])
  list[index] = literal
}

function member(holder: object, key: string): unknown {
  return Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined
}
