import type { Delimiters, Message } from '@samband/hl7v2'
import { unescapeText } from '@samband/hl7v2'

/** What reading needs to know of a message: its delimiters, and whether paths are kept for a report. */
export interface ReadContext {
  readonly delimiters: Delimiters
  readonly explain: boolean
}

export type ValueLevel = 'repetition' | 'component' | 'subcomponent'

/** One element of a message as maps read it: its parts are found when they are asked for. */
export class V2Value {
  readonly raw: string
  readonly level: ValueLevel
  /** `PID-3[1].4`: set where a report is wanted, otherwise empty. */
  readonly path: string
  private readonly context: ReadContext
  private parts: string[] | undefined
  /** Parts that were asked for: conditions ask for the same ones again and again. */
  private made: (V2Value | null)[] | undefined
  private decoded: string | undefined

  constructor(raw: string, level: ValueLevel, path: string, context: ReadContext) {
    this.raw = raw
    this.level = level
    this.path = path
    this.context = context
  }

  /** The nth part, 1-based; undefined where there is none or it says nothing. */
  part(n: number): V2Value | undefined {
    if (this.level === 'subcomponent') return n === 1 ? this : undefined
    this.made ??= []
    let part = this.made[n]
    if (part === undefined) {
      part = this.find(n) ?? null
      this.made[n] = part
    }
    return part ?? undefined
  }

  private find(n: number): V2Value | undefined {
    const { delimiters } = this.context
    const mark = this.level === 'repetition' ? delimiters.component : delimiters.subcomponent
    this.parts ??= mark === undefined ? [this.raw] : this.raw.split(mark)
    const raw = this.parts[n - 1]
    if (raw === undefined || !saysSomething(raw, delimiters)) return undefined
    const path = this.context.explain ? `${this.path}.${n}` : ''
    return new V2Value(raw, this.level === 'repetition' ? 'component' : 'subcomponent', path, this.context)
  }

  /** Decoded text of the first leaf. */
  get text(): string {
    this.decoded ??= this.decode()
    return this.decoded
  }

  private decode(): string {
    let raw = this.raw
    const { component, subcomponent } = this.context.delimiters
    if (this.level === 'repetition') raw = before(raw, component)
    if (this.level !== 'subcomponent') raw = before(raw, subcomponent)
    return unescapeText(raw, this.context.delimiters).trim()
  }

  /** Decoded text of the nth part, or an empty string. */
  partText(n: number): string {
    return this.part(n)?.text ?? ''
  }

  /** Decoded text of everything, with its delimiters. */
  get whole(): string {
    return unescapeText(this.raw, this.context.delimiters)
  }
}

function before(raw: string, mark: string | undefined): string {
  const end = mark === undefined ? -1 : raw.indexOf(mark)
  return end < 0 ? raw : raw.slice(0, end)
}

/** Whether an element holds more than delimiters and HL7's null. */
export function saysSomething(raw: string, { component, subcomponent, repetition }: Delimiters): boolean {
  if (raw === '' || raw === '""') return false
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i]
    if (char !== component && char !== subcomponent && char !== repetition && char !== '"' && char !== ' ') return true
  }
  return false
}

const NOTHING: readonly V2Value[] = []

/** A segment of a message as maps read it. */
export class V2Segment {
  readonly id: string
  /** 1-based place among the message's segments. */
  readonly index: number
  /** `OBX[3]` as paths of `leavesOf` begin. */
  readonly name: string
  readonly whole: string
  private readonly fields: readonly string[]
  private readonly shift: 0 | 1
  private readonly read: (readonly V2Value[])[] = []
  private readonly context: ReadContext

  constructor(id: string, raw: string, index: number, name: string, context: ReadContext) {
    this.id = id
    this.index = index
    this.name = name
    this.whole = raw
    this.context = context
    this.fields = raw.split(context.delimiters.field)
    this.shift = id === 'MSH' ? 1 : 0
  }

  raw(field: number): string {
    return this.fields[field - this.shift] ?? ''
  }

  /** The repetitions of a field that say something. */
  values(field: number): readonly V2Value[] {
    const known = this.read[field]
    if (known !== undefined) return known
    const values = this.repetitions(field)
    this.read[field] = values
    return values
  }

  private repetitions(field: number): readonly V2Value[] {
    const raw = this.raw(field)
    const { delimiters, explain } = this.context
    if (!saysSomething(raw, delimiters)) return NOTHING
    const { repetition } = delimiters
    if (repetition === undefined || !raw.includes(repetition)) {
      return [new V2Value(raw, 'repetition', explain ? `${this.name}-${field}` : '', this.context)]
    }
    return raw.split(repetition).flatMap((part, i) => {
      if (!saysSomething(part, delimiters)) return []
      return [new V2Value(part, 'repetition', explain ? `${this.name}-${field}[${i + 1}]` : '', this.context)]
    })
  }

  first(field: number): V2Value | undefined {
    return this.values(field)[0]
  }

  text(field: number, component = 0): string {
    const value = this.first(field)
    if (value === undefined) return ''
    return component === 0 ? value.text : value.partText(component)
  }
}

/** The segments of a message in order. */
export function readSegments(message: Message, explain: boolean): V2Segment[] {
  const context: ReadContext = { delimiters: message.delimiters, explain }
  const totals = new Map<string, number>()
  const segments = message.segments()
  if (explain) for (const { id } of segments) totals.set(id, (totals.get(id) ?? 0) + 1)
  const counts = new Map<string, number>()
  return segments.map((segment, i) => {
    const occurrence = (counts.get(segment.id) ?? 0) + 1
    counts.set(segment.id, occurrence)
    const name = (totals.get(segment.id) ?? 0) > 1 ? `${segment.id}[${occurrence}]` : segment.id
    return new V2Segment(segment.id, segment.raw(), i + 1, name, context)
  })
}
