import type { ComponentDefinition, FieldDefinition } from '../../dictionary/definition.ts'
import type { Dictionary } from '../../dictionary/dictionary.ts'
import type { Message } from '../../message.ts'
import type { Segment } from '../../segment.ts'
import { toIso } from '../../timestamps/iso-timestamp.ts'
import { parseDate, parseTime, parseTimestamp } from '../../timestamps/parse-timestamp.ts'
import { rawComponents, rawRepetitions } from '../field-parts.ts'
import { namedSegments } from '../segment-names.ts'

/** What explaining asks of a dictionary. */
export type ExplainDictionary = Pick<Dictionary, 'segment' | 'dataType' | 'table'>

/** A field, repetition, component or subcomponent that is not empty: with a value, or with elements below it. */
export interface ExplainedElement {
  /** As short as it is exact: `PID-3[2].4.1`. */
  readonly path: string
  /** The standard's name; absent where the dictionary does not know the element. */
  readonly name?: string
  readonly dataType?: string
  /** Decoded text; `""` is HL7's null. */
  readonly value?: string
  /** What a code stands for in its table, or a date and time in ISO 8601. */
  readonly meaning?: string
  readonly elements?: readonly ExplainedElement[]
}

export interface ExplainedSegment {
  /** `PID`, `OBX[2]`. */
  readonly path: string
  readonly name?: string
  readonly elements: readonly ExplainedElement[]
}

/** Plain data: `JSON.stringify` makes the JSON form of it, `formatExplanation` the text. */
export interface Explanation {
  /** Such as `ORU^R01`. */
  readonly type: string
  readonly version: string
  readonly controlId: string
  readonly segments: readonly ExplainedSegment[]
}

export interface ExplainOptions {
  /** Only these segments. */
  readonly segments?: readonly string[]
}

/** Every value of a message with the standard's name for its place and the meaning of its codes. */
export function explain(message: Message, dictionary: ExplainDictionary, options: ExplainOptions = {}): Explanation {
  const wanted = options.segments === undefined ? undefined : new Set(options.segments)
  return {
    type: message.type,
    version: message.version,
    controlId: message.controlId,
    segments: namedSegments(message)
      .filter(({ segment }) => wanted === undefined || wanted.has(segment.id))
      .map(({ name, segment }) => explainSegment(name, segment, dictionary)),
  }
}

function explainSegment(path: string, segment: Segment, dictionary: ExplainDictionary): ExplainedSegment {
  const definition = dictionary.segment(segment.id)
  const elements: ExplainedElement[] = []
  const { fieldCount } = segment
  for (let field = 1; field <= fieldCount; field++) {
    const repetitions = rawRepetitions(segment, field)
    for (const [r, raw] of repetitions.entries()) {
      if (raw === '') continue
      const fieldPath = `${path}-${field}${repetitions.length > 1 ? `[${r + 1}]` : ''}`
      elements.push(explainRepetition(fieldPath, raw, segment, field, definition?.fields[field - 1], dictionary))
    }
  }
  return { path, ...(definition === undefined ? undefined : { name: definition.name }), elements }
}

function explainRepetition(
  path: string,
  raw: string,
  segment: Segment,
  field: number,
  definition: FieldDefinition | undefined,
  dictionary: ExplainDictionary,
): ExplainedElement {
  const { context } = segment
  const declared = definition?.dataType ?? ''
  const dataType = declared === 'varies' && segment.id === 'OBX' ? (segment.text('2') ?? '').trim() : declared
  const facts = { path, ...named(definition?.name), ...(dataType === '' ? undefined : { dataType }) }
  if (segment.isDelimiterField(field)) return { ...facts, value: context.decodeRaw(raw) }
  const components = rawComponents(raw, context.delimiters)
  const definitions = dictionary.dataType(dataType)?.components ?? []
  const only = components.length === 1 && components[0]?.length === 1 ? components[0][0] : undefined
  if (only !== undefined) {
    // A type with components whose first is alone there: CX with its number only.
    const inner = definitions[0]
    const type = inner === undefined ? dataType : inner.dataType
    return { ...facts, ...valued(context.decodeLeaf(only), type, definition?.table ?? inner?.table, dictionary) }
  }
  const elements: ExplainedElement[] = []
  for (const [c, subcomponents] of components.entries()) {
    if (subcomponents.every(leaf => leaf === '')) continue
    const component = definitions[c]
    const texts = subcomponents.map(leaf => context.decodeLeaf(leaf))
    // What a coded field is bound to is bound to its first component.
    const table = component?.table ?? (c === 0 ? definition?.table : undefined)
    elements.push(explainComponent(`${path}.${c + 1}`, texts, component, table, dictionary))
  }
  return { ...facts, elements }
}

function explainComponent(
  path: string,
  texts: readonly string[],
  definition: ComponentDefinition | undefined,
  table: string | undefined,
  dictionary: ExplainDictionary,
): ExplainedElement {
  const dataType = definition?.dataType ?? ''
  const facts = { path, ...named(definition?.name), ...(dataType === '' ? undefined : { dataType }) }
  const definitions = dictionary.dataType(dataType)?.components ?? []
  const [first = '', ...rest] = texts
  if (rest.length === 0) return { ...facts, ...valued(first, definitions[0]?.dataType ?? dataType, table, dictionary) }
  const elements = texts.flatMap((text, s): ExplainedElement[] => {
    if (text === '') return []
    const part = definitions[s]
    const type = part?.dataType ?? ''
    return [
      {
        path: `${path}.${s + 1}`,
        ...named(part?.name),
        ...(type === '' ? undefined : { dataType: type }),
        ...valued(text, type, part?.table ?? (s === 0 ? table : undefined), dictionary),
      },
    ]
  })
  return { ...facts, elements }
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined || name === '' ? {} : { name }
}

function valued(
  value: string,
  dataType: string,
  table: string | undefined,
  dictionary: ExplainDictionary,
): { readonly value: string; readonly meaning?: string } {
  const meaning = meaningOf(value, dataType, table, dictionary)
  return meaning === undefined || meaning === '' ? { value } : { value, meaning }
}

function meaningOf(
  value: string,
  dataType: string,
  table: string | undefined,
  dictionary: ExplainDictionary,
): string | undefined {
  if (value === '""') return 'delete what is stored'
  const timestamp =
    dataType === 'DT'
      ? parseDate(value)
      : dataType === 'TM'
        ? parseTime(value)
        : isMoment(dataType)
          ? parseTimestamp(value)
          : undefined
  if (timestamp !== undefined) return timestamp.ok ? toIso(timestamp.value) : undefined
  if (table === undefined) return undefined
  return dictionary.table(table)?.codes.find(({ code }) => code === value)?.meaning
}

function isMoment(dataType: string): boolean {
  return dataType === 'DTM' || dataType === 'TS'
}
