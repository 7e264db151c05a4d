/**
 * Names of typed members from the standard's names: `Patient Identifier List` is `patientIdentifierList`, `Set ID - PID` is `setId`.
 * The generator of the types and the views use the same function, so the types tell the truth.
 */

/** What objects have already. */
const TAKEN = new Set(['constructor', 'toString', 'valueOf', 'toJSON', 'then'])

/** Names of a segment's fields or a data type's components, in order; a name that comes again gets a number. */
export function memberNames(names: readonly string[], owner: string): readonly string[] {
  const used = new Map<string, number>()
  return names.map((name, index) => {
    const member = memberName(name, owner) || `field${index + 1}`
    return numbered(member, used)
  })
}

/** Names of a group's nodes: `PID` is `pid`, `PATIENT_RESULT` is `patientResult`, a place for any segment `anySegment`. */
export function nodeNames(names: readonly string[]): readonly string[] {
  const used = new Map<string, number>()
  return names.map(name => numbered(name === '' ? 'anySegment' : camelCase(name.toLowerCase().split('_')), used))
}

function numbered(member: string, used: Map<string, number>): string {
  const count = (used.get(member) ?? 0) + 1
  used.set(member, count)
  return count === 1 ? member : numbered(`${member}${count}`, used)
}

function memberName(name: string, owner: string): string {
  const plain = name
    .replace(new RegExp(`\\s*-\\s*${owner}$`), '')
    // Examples, numbers of paper forms and data types say nothing about which field it is.
    .replace(/\((?:e\.g|[\d\s-]+\)|[A-Z]{2,3}\)).*$/, '')
    .replace(/['’]/g, '')
    .replace(/&/g, ' and ')
    .replace(/%/g, ' percent ')
  const member = camelCase(plain.split(/[^A-Za-z0-9]+/).filter(word => word !== ''))
  if (TAKEN.has(member)) return `${member}Field`
  return /^\d/.test(member) ? `n${member}` : member
}

function camelCase(words: readonly string[]): string {
  return words
    .map((word, index) => {
      const first = word.charAt(0)
      // An abbreviation is a word like any other: ID is Id.
      const rest = word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1)
      return (index === 0 ? first.toLowerCase() : first.toUpperCase()) + rest
    })
    .join('')
}
