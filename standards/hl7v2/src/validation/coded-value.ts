import type { TableDefinition } from '../dictionary/definition.ts'
import type { Hl7Version } from '../dictionary/version-id.ts'
import { HL7_VERSIONS } from '../dictionary/version-id.ts'

/** A table as the validator asks it. */
export interface TablePlan {
  readonly id: string
  readonly name: string
  /** `closed`: other codes are wrong. `open`: sites have their own, or the dictionary knows only some. */
  readonly kind: 'closed' | 'open'
  has(code: string): boolean
  /** Whether the code is there but for upper and lower case. */
  hasOtherCase(code: string): boolean
}

/**
 * HL7 tables whose codes are other people's and grow: coding systems (0396, kept on HL7's web site), vaccines and their makers (0292, 0227:
 * CDC), countries (0399: ISO 3166). The dictionary has those of its day.
 */
const MAINTAINED_ELSEWHERE: ReadonlySet<string> = new Set(['0227', '0292', '0396', '0399'])

/** Tables in which codes that begin with Z are a site's own (HL7 v2.5.1 §2.17.1: Z events, messages, structures). */
const LOCAL_Z: ReadonlySet<string> = new Set(['0003', '0076', '0354'])

/**
 * Codes that the dictionary lacks or spells otherwise. 0211: ASCII is written in capitals (HL7 v2.5.1 §2.15.9.18). 0104: its copies end
 * before their own version.
 */
const CORRECTIONS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['0104', HL7_VERSIONS],
  ['0211', ['ASCII']],
])

/** A list that ends in `...` goes on; with more codes than this the dots only stand for "others as agreed". */
const CONTINUED_CODES_MAX = 4

/**
 * A table ready to be asked; undefined where it has no codes of its own to compare with. The tables of 2.9 are those of 2.8.2, as HL7
 * keeps the newer ones elsewhere: what they do not have is no more than unknown.
 */
export function planTable(table: TableDefinition, version: Hl7Version): TablePlan | undefined {
  const codes = new Set<string>(CORRECTIONS.get(table.id))
  const patterns: RegExp[] = []
  for (const { code } of table.codes) {
    for (const spelling of spellingsOf(code)) {
      const pattern = patternOf(spelling)
      if (pattern === undefined) codes.add(spelling)
      else patterns.push(pattern)
    }
  }
  if (codes.size === 0 && patterns.length === 0) return undefined
  if (LOCAL_Z.has(table.id)) patterns.push(/^(?:[A-Z]{3}_)?Z/)
  let lowered: Set<string> | undefined
  return {
    id: table.id,
    name: table.name,
    kind: isOpen(table, codes.size, version) ? 'open' : 'closed',
    has: code => codes.has(code) || patterns.some(pattern => pattern.test(code)),
    hasOtherCase(code) {
      lowered ??= new Set(Array.from(codes, known => known.toLowerCase()))
      return lowered.has(code.toLowerCase())
    },
  }
}

function isOpen(table: TableDefinition, size: number, version: Hl7Version): boolean {
  if (table.kind !== 'hl7') return table.kind === 'user'
  if (version === '2.9' || MAINTAINED_ELSEWHERE.has(table.id)) return true
  return size <= CONTINUED_CODES_MAX && table.codes.some(({ code }) => code === '...')
}

/** Codes of a table's line. Some lines hold two (`99zzz or L`), a remark (`CE (obsolete)`), or none (`...`, `<null>`). */
function spellingsOf(code: string): readonly string[] {
  if (/^(?:\.\.\.|<.*>|null|Not present)$/.test(code)) return []
  if (code.length > 1 && code.includes(' or ')) return code.split(' or ').map(part => part.trim())
  if (/^[A-Z](?:,[A-Z])+$/.test(code)) return code.split(',')
  const plain = code.replace(/ \([^)]*\)$/, '')
  return plain === code ? [code] : [plain, code]
}

/** `HL7nnnn`, `99zzz`, `NNxxx`: letters that stand for others. */
function patternOf(code: string): RegExp | undefined {
  if (!/nnnn?|zzz|xxx|sss/.test(code)) return undefined
  const source = code
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/n{3,4}/g, '\\d{1,9}')
    .replace(/zzz/g, '[A-Za-z0-9-]{1,64}')
    .replace(/xxx|sss/g, '[A-Za-z0-9]{1,9}')
  return new RegExp(`^${source}$`)
}
