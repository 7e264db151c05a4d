/** What a rule found: the component (1-based) and what is wrong with it. */
export interface ComponentFault {
  readonly component: number
  readonly text: string
  readonly missing?: boolean
}

/** Looks at the components of one value, raw and without escapes decoded; `''` for those that are not there. */
export type ComponentRule = (parts: readonly string[]) => ComponentFault | undefined

const OBJECT_IDENTIFIER = /^[0-2](?:\.(?:0|[1-9]\d{0,99})){1,50}$/
const UUID = /^\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?$/
const COMPARATORS: ReadonlySet<string> = new Set(['>', '<', '>=', '<=', '=', '<>'])
const SEPARATORS: ReadonlySet<string> = new Set(['-', '+', '/', '.', ':'])
/** Characters are looked at to this length; attachments of megabytes are not read to their end twice. */
const ENCODED_CHARACTERS_CHECKED_MAX = 100_000
const HEXADECIMAL = /^[0-9A-Fa-f\s]*$/
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}$/

/** A universal id and its type go together, and an id is what its type says (HL7 v2.5.1 §2.A.33, §2.A.28). */
function universalId(first: number): ComponentRule {
  return parts => {
    const id = partAt(parts, first + 1)
    const type = partAt(parts, first + 2)
    if (id !== '' && type === '') {
      return { component: first + 2, text: 'A universal id needs its type beside it', missing: true }
    }
    if (id === '' && type !== '') {
      return { component: first + 1, text: 'A universal id type stands without a universal id', missing: true }
    }
    if (type === 'ISO' && !OBJECT_IDENTIFIER.test(id)) {
      return { component: first + 1, text: 'The type says ISO, but this is no object identifier' }
    }
    if ((type === 'UUID' || type === 'GUID') && !UUID.test(id)) {
      return { component: first + 1, text: `The type says ${type}, but this is none` }
    }
    return undefined
  }
}

/** SN (HL7 v2.5.1 §2.A.70): comparator, number, separator or suffix, number. */
function structuredNumeric(parts: readonly string[]): ComponentFault | undefined {
  const comparator = partAt(parts, 1)
  const separator = partAt(parts, 3)
  // An escape such as \T\ is not decoded here and may stand for anything.
  if (comparator !== '' && !COMPARATORS.has(comparator) && !comparator.includes('\\')) {
    return { component: 1, text: 'A comparator is one of > < >= <= = <>' }
  }
  if (separator !== '' && !SEPARATORS.has(separator)) {
    return { component: 3, text: 'A separator or suffix is one of - + / . :' }
  }
  if (partAt(parts, 4) !== '' && separator === '') {
    return { component: 3, text: 'Two numbers need a separator between them', missing: true }
  }
  return undefined
}

/** ED (HL7 v2.5.1 §2.A.24): the encoding is named, and the data is encoded so. */
function encapsulatedData(parts: readonly string[]): ComponentFault | undefined {
  const encoding = partAt(parts, 4)
  const data = partAt(parts, 5).slice(0, ENCODED_CHARACTERS_CHECKED_MAX)
  if (encoding === 'Hex' && !HEXADECIMAL.test(data))
    return { component: 5, text: 'The encoding says Hex, but this is none' }
  if (encoding === 'Base64' && !BASE64.test(data.trimEnd())) {
    return { component: 5, text: 'The encoding says Base64, but this is none' }
  }
  return undefined
}

/** CX (HL7 v2.5.1 §2.A.14): a check digit says by what scheme it was computed. */
function checkDigit(parts: readonly string[]): ComponentFault | undefined {
  if (partAt(parts, 2) !== '' && partAt(parts, 3) === '') {
    return { component: 3, text: 'A check digit needs its scheme beside it', missing: true }
  }
  return undefined
}

/** CE, CNE, CWE (HL7 v2.5.1 §2.A.3, §2.A.8, §2.A.13): a value without code, text or alternate says nothing. */
function codedElement(parts: readonly string[]): ComponentFault | undefined {
  const said = [1, 2, 4, 5, 9, 10, 11].some(component => partAt(parts, component) !== '')
  return said ? undefined : { component: 1, text: 'A coded element needs a code or a text', missing: true }
}

/** MO (HL7 v2.5.1 §2.A.41): currencies are those of ISO 4217. */
function money(parts: readonly string[]): ComponentFault | undefined {
  const currency = partAt(parts, 2)
  return currency === '' || /^[A-Z]{3}$/.test(currency)
    ? undefined
    : { component: 2, text: 'A currency is a code of ISO 4217: three capital letters' }
}

function partAt(parts: readonly string[], component: number): string {
  const part = parts[component - 1] ?? ''
  return part === '""' ? '' : part
}

/** Rules of complex types that go across their components; formats and tables of each are the dictionary's. */
export const COMPONENT_RULES: ReadonlyMap<string, ComponentRule> = new Map<string, ComponentRule>([
  ['HD', universalId(1)],
  ['EI', universalId(2)],
  ['SN', structuredNumeric],
  ['ED', encapsulatedData],
  ['CX', checkDigit],
  ['CE', codedElement],
  ['CNE', codedElement],
  ['CWE', codedElement],
  ['MO', money],
])
