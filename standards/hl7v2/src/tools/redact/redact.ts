import { Hl7Error } from '../../hl7-error.ts'
import type { Message } from '../../message.ts'
import { parsePath, parseSegmentPath, PATH_NUMBER_MAX } from '../../path.ts'
import type { Segment } from '../../segment.ts'
import { isSegmentId } from '../../segment-line.ts'
import { rawComponents, rawRepetitions } from '../field-parts.ts'
import { namedSegments } from '../segment-names.ts'
import type { DataClass, RedactionRule } from './data-class.ts'
import { classOfDataType } from './data-class.ts'
import { REDACTION_RULES_DEFAULT, SEGMENTS_WITHOUT_PROSE } from './default-rules.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { Pseudonyms } from './pseudonyms.ts'
import type { Leaves, RewriteContext } from './rewrite-repetition.ts'
import { rewriteRepetition } from './rewrite-repetition.ts'
import { Traces } from './traces.ts'

/** What redaction asks of a dictionary; a loaded `Dictionary` is one. */
export interface RedactionDictionary {
  segment(id: string): { readonly fields: readonly { readonly dataType: string }[] } | undefined
}

export interface RedactOptions {
  readonly keyedHash: KeyedHash
  /** Tells the data type of each field, and so what is known at all. */
  readonly dictionary: RedactionDictionary
  /** Rules of the site: they come before the default ones. A path to a field comes before one to its segment. */
  readonly rules?: readonly RedactionRule[]
  /**
   * What becomes of fields that neither a rule nor the dictionary knows: Z segments, fields behind the last one defined, values of unknown
   * types. `clear` unless told otherwise.
   */
  readonly uncovered?: 'clear' | 'keep'
  /** Moves all dates and times of the patient by one number of days, instead of only those of birth and death. */
  readonly moveDates?: boolean
}

/** What was done, by path of the original message. It holds paths and no values, so that it may be logged. */
export interface RedactionReport {
  readonly redacted: readonly { readonly path: string; readonly as: DataClass }[]
  /** Fields that nothing covers: cleared, or kept as the options say. */
  readonly uncovered: readonly string[]
  /** Fields that were kept, but held a name, an identifier or a birth date that was replaced elsewhere; it was replaced here too. */
  readonly traces: readonly string[]
  /** Lines that are no segments, which were removed; 1-based. */
  readonly removedLines: readonly number[]
}

/**
 * A copy of a message with stable pseudonyms in place of what tells who somebody is: the same person under the same key is the same
 * pseudonym in every message. It is pseudonymised, not anonymous: codes, results, times, places and rare combinations stay, and
 * who has the key can test guesses.
 */
export function redact(
  message: Message,
  options: RedactOptions,
): { readonly message: Message; readonly report: RedactionReport } {
  const copy = message.clone()
  const redaction = new Redaction(options, copy.text('PID-3') ?? '')
  return { message: copy, report: redaction.run(copy) }
}

interface KeptField {
  readonly path: string
  readonly segment: Segment
  readonly field: number
}

class Redaction {
  readonly #options: RedactOptions
  readonly #pseudonyms: Pseudonyms
  readonly #who: string
  readonly #rules = new Map<string, DataClass>()
  readonly #traces = new Traces()
  readonly #redacted: { path: string; as: DataClass }[] = []
  readonly #uncovered: string[] = []
  readonly #kept: KeptField[] = []

  constructor(options: RedactOptions, who: string) {
    this.#options = options
    this.#pseudonyms = new Pseudonyms(options.keyedHash)
    this.#who = who
    for (const { path, as } of [...(options.rules ?? []), ...REDACTION_RULES_DEFAULT]) {
      const key = ruleKey(path)
      if (!this.#rules.has(key)) this.#rules.set(key, as)
    }
  }

  run(message: Message): RedactionReport {
    const removedLines: number[] = []
    const doomed: Segment[] = []
    for (const [index, { name, segment }] of namedSegments(message).entries()) {
      if (!isSegmentId(segment.id)) {
        removedLines.push(index + 1)
        doomed.push(segment)
        continue
      }
      if (segment.fieldCount > PATH_NUMBER_MAX) {
        this.#uncovered.push(`${name}-${PATH_NUMBER_MAX + 1}`)
        segment.truncate(PATH_NUMBER_MAX)
      }
      const { fieldCount } = segment
      for (let field = 1; field <= fieldCount; field++) {
        if (!segment.isDelimiterField(field)) this.#redactField(segment, field, `${name}-${field}`)
      }
    }
    message.remove(doomed)
    const traces = this.#kept.filter(kept => this.#replaceTraces(kept)).map(({ path }) => path)
    return { redacted: this.#redacted, uncovered: this.#uncovered, traces, removedLines }
  }

  #redactField(segment: Segment, field: number, path: string): void {
    const raw = segment.fieldRaw(field)
    if (raw === undefined || raw === '' || raw === '""') return
    const dataType = this.#dataTypeOf(segment, field)
    const dataClass = this.#classOf(segment, field, dataType)
    if (dataClass === undefined) {
      this.#uncovered.push(path)
      if (this.#options.uncovered === 'keep') this.#kept.push({ path, segment, field })
      else writeField(segment, field, [[['']]])
      return
    }
    const context: RewriteContext = {
      pseudonyms: this.#pseudonyms,
      momentsOf: this.#options.moveDates === true ? this.#who : undefined,
      dataType,
    }
    const before = readField(segment, field)
    const after = before.map(leaves => rewriteRepetition(leaves, dataClass, context))
    this.#remember(before, after, dataClass)
    if (sameLeaves(before, after)) this.#kept.push({ path, segment, field })
    else {
      writeField(segment, field, after)
      this.#redacted.push({ path, as: dataClass })
      // Codes beside a replaced text are kept, too.
      if (dataClass === 'coded' || dataClass === 'location') this.#kept.push({ path, segment, field })
    }
  }

  #dataTypeOf(segment: Segment, field: number): string {
    const defined = this.#options.dictionary.segment(segment.id)?.fields[field - 1]?.dataType ?? ''
    return defined === 'varies' && segment.id === 'OBX' ? (segment.text('2') ?? '').trim() : defined
  }

  #classOf(segment: Segment, field: number, dataType: string): DataClass | undefined {
    const ruled = this.#rules.get(`${segment.id}-${field}`) ?? this.#rules.get(segment.id)
    if (ruled !== undefined) return ruled
    // A string among results is a value such as "positive"; prose comes as TX or FT.
    if (segment.id === 'OBX' && field === 5 && dataType === 'ST') return 'keep'
    const known = classOfDataType(dataType)
    return known === 'text' && SEGMENTS_WITHOUT_PROSE.has(segment.id) ? 'keep' : known
  }

  #remember(before: readonly Leaves[], after: readonly Leaves[], dataClass: DataClass): void {
    for (const [r, repetition] of before.entries()) {
      for (const [c, subcomponents] of repetition.entries()) {
        for (const [s, original] of subcomponents.entries()) {
          const pseudonym = after[r]?.[c]?.[s] ?? ''
          if (original === '' || original === pseudonym) continue
          this.#rememberLeaf(original, pseudonym, dataClass, c + 1)
        }
      }
    }
  }

  #rememberLeaf(original: string, pseudonym: string, dataClass: DataClass, component: number): void {
    if (dataClass === 'name') this.#traces.addName(original, pseudonym)
    else if (dataClass === 'person' && component > 1) this.#traces.addName(original, pseudonym)
    else if (dataClass === 'birth-date') this.#traces.addDate(original, pseudonym)
    else if (dataClass === 'identifier' || dataClass === 'person' || dataClass === 'phone') {
      this.#traces.addIdentifier(original, pseudonym)
    } else if (dataClass === 'address' && component === 1) this.#traces.addIdentifier(original, pseudonym)
  }

  #replaceTraces({ segment, field }: KeptField): boolean {
    let found = false
    const after = readField(segment, field).map(repetition =>
      repetition.map(subcomponents =>
        subcomponents.map(text => {
          const replaced = this.#traces.replaceIn(text)
          if (replaced === undefined) return text
          found = true
          return replaced
        }),
      ),
    )
    if (found) writeField(segment, field, after)
    return found
  }
}

function ruleKey(path: string): string {
  const field = parsePath(path)
  if (field.ok && field.parts.repetition === 0 && field.parts.component === 0 && !path.includes('[')) return path
  if (parseSegmentPath(path)?.occurrence === 0) return path
  throw new Hl7Error('path-invalid', `'${path}' is no path for a rule: name a field (PID-3) or a segment (NTE)`, path)
}

function readField(segment: Segment, field: number): readonly Leaves[] {
  const { context } = segment
  return rawRepetitions(segment, field).map(raw =>
    rawComponents(raw, context.delimiters).map(subcomponents => subcomponents.map(leaf => context.decodeLeaf(leaf))),
  )
}

/** Writes decoded leaves; null (`""`) needs no escape, as quotation marks delimit nothing. */
function writeField(segment: Segment, field: number, repetitions: readonly Leaves[]): void {
  const { context } = segment
  const { repetition = '', component = '', subcomponent = '' } = context.delimiters
  const name = `${segment.id}-${field}`
  const raw = repetitions
    .map(leaves =>
      leaves
        .map(parts => parts.map(leaf => context.decodeRaw(context.encodeLeaf(leaf, name))).join(subcomponent))
        .join(component),
    )
    .join(repetition)
  segment.setRaw(`${field}`, raw)
}

function sameLeaves(before: readonly Leaves[], after: readonly Leaves[]): boolean {
  return before.every((leaves, r) => leaves.every((parts, c) => parts.every((leaf, s) => leaf === after[r]?.[c]?.[s])))
}
