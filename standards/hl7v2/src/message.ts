import type { Charset } from './charset.ts'
import { encodeUtf8 } from './charset.ts'
import type { Delimiters } from './delimiters.ts'
import type { ElementValue } from './element-value.ts'
import { Hl7Error } from './hl7-error.ts'
import type { MessageContext } from './message-context.ts'
import type { FieldPath, Hl7Path, PathParts, SegmentPath } from './path.ts'
import { pathParts, segmentPathParts } from './path.ts'
import type { Repetition } from './repetition.ts'
import { repetitionsOf } from './repetition.ts'
import type { ElementState, Segment } from './segment.ts'
import type { SegmentGroup } from './segment-group.ts'
import { groupSegments } from './segment-group.ts'
import type { SegmentId } from './segment-id.ts'
import { createSegment, parseSegmentLine } from './segment-line.ts'

/** Where a new segment goes; without either, to the end. */
export interface SegmentPlace {
  readonly before?: Segment | SegmentPath
  readonly after?: Segment | SegmentPath
}

/** Fields of a new segment, by number or by path within the segment. */
export type SegmentFields = { readonly [path in FieldPath]?: ElementValue }

/**
 * An HL7 v2 message that gives back every byte it was parsed from, but for what was set. Paths are 1-based
 * (`'PID-5[2].1.1'`); reading through one decodes the character set and the escapes, setting encodes them.
 */
export class Message {
  readonly #context: MessageContext
  readonly #prefix: string
  readonly #segments: Segment[]
  #bytes: Uint8Array | undefined
  #index: Map<string, Segment[]> | undefined
  #indexVersion = -1

  /** Use `parse` or `buildMessage`. @internal */
  constructor(context: MessageContext, prefix: string, segments: Segment[], bytes: Uint8Array | undefined) {
    this.#context = context
    this.#prefix = prefix
    this.#segments = segments
    this.#bytes = bytes
  }

  /** Facts that the segments share. @internal */
  get context(): MessageContext {
    return this.#context
  }

  get delimiters(): Delimiters {
    return this.#context.delimiters
  }

  /** The character set that the text is read and written in. */
  get charset(): Charset {
    return this.#context.charset
  }

  /** Whether anything was set, added or removed. An untouched message formats to the very bytes it came from. */
  get touched(): boolean {
    return this.#context.touched
  }

  /** Message code and trigger event as `ADT^A01`; only the code where there is no event. */
  get type(): string {
    const code = this.text('MSH-9.1') ?? ''
    const event = this.text('MSH-9.2') ?? ''
    return event === '' ? code : `${code}^${event}`
  }

  /** MSH-9.3, or code and event joined where the sender leaves it out (`ADT_A01`). */
  get structure(): string {
    const declared = this.text('MSH-9.3') ?? ''
    return declared === '' ? this.type.replace('^', '_') : declared
  }

  /** MSH-10. */
  get controlId(): string {
    return this.text('MSH-10') ?? ''
  }

  /** MSH-12.1, such as `2.5.1`. */
  get version(): string {
    return this.text('MSH-12') ?? ''
  }

  /** Decoded text of the leaf that a path leads to: undefined where absent, `''` where empty, `""` where null. */
  text(path: Hl7Path): string | undefined {
    const parts = pathParts(path)
    return this.#find(parts)?.textAt(parts)
  }

  /** What a path names at its own depth, with delimiters and escapes as they stand; what `setRaw` takes. */
  raw(path: Hl7Path): string | undefined {
    const parts = pathParts(path)
    return this.#find(parts)?.rawTextAt(parts)
  }

  state(path: Hl7Path): ElementState {
    const parts = pathParts(path)
    return this.#find(parts)?.stateAt(parts) ?? 'absent'
  }

  isNull(path: Hl7Path): boolean {
    return this.state(path) === 'null'
  }

  /** The repetitions of a field, none where it is absent or empty. */
  repetitions(path: Hl7Path): Repetition[] {
    const parts = pathParts(path)
    return repetitionsOf(this.#find(parts)?.fieldRaw(parts.field), this.#context)
  }

  /** Segments in message order; with an id only those. */
  segments(id?: SegmentId): readonly Segment[] {
    if (id === undefined) return this.#segments.slice()
    return this.#indexed(id).slice()
  }

  /** A segment, or undefined. */
  segment(path: SegmentPath): Segment | undefined {
    const { segmentId, occurrence } = segmentPathParts(path)
    return this.#occurrence(segmentId, occurrence || 1)
  }

  /**
   * The message cut before every segment with the given id: `group('OBR')` gives each OBR with what follows up to the next. `until`
   * names segments that end a group without starting one.
   */
  group(id: SegmentId, options: { readonly until?: readonly SegmentId[] } = {}): readonly SegmentGroup[] {
    return groupSegments(this.#segments, id, options.until ?? [])
  }

  /**
   * Sets a text (escaped as needed), `null` for HL7's `""`, or an array of components or subcomponents. A text replaces
   * one leaf; null and arrays the whole element that the path names. A missing segment is added, after the last of its name or at the end.
   * A text that is there already changes nothing, however it is escaped.
   * Throws `Hl7Error` where the character set cannot hold the text.
   */
  set(path: Hl7Path, value: ElementValue): this {
    const parts = pathParts(path)
    this.#need(parts, path).setAt(parts, value, path)
    return this
  }

  /** Sets an element to HL7's explicit null, `""`: the receiver shall delete what it has. */
  setNull(path: Hl7Path): this {
    return this.setRaw(path, '""')
  }

  /** Sets the element that a path names to raw content with delimiters and escapes in place: `setRaw('PV1-3', 'W1^12^2')`. */
  setRaw(path: Hl7Path, raw: string): this {
    const parts = pathParts(path)
    this.#need(parts, path).setRawAt(parts, raw, path)
    return this
  }

  /** Adds a segment. Returns it, so that its fields can be set. */
  add(id: SegmentId, fields: SegmentFields = {}, place: SegmentPlace = {}): Segment {
    if (id === 'MSH') throw new Hl7Error('segment-invalid', 'A message has one MSH', id)
    const segment = createSegment(id, this.lineEnd, this.#context)
    for (const [path, value] of Object.entries(fields)) {
      // Object.entries forgets the key type, which SegmentFields fixes.
      if (value !== undefined) segment.set(path as FieldPath, value)
    }
    return this.#insert(segment, place)
  }

  /** Adds a segment given in its raw form, delimited as this message is: `addRaw('ZPI|1|x')`. */
  addRaw(raw: string, place: SegmentPlace = {}): Segment {
    const segment = parseSegmentLine(this.#context.encodeRaw(raw, 'segment'), this.lineEnd, this.#context)
    return this.#insert(segment, place)
  }

  /** Adds a repetition to a field; in an empty field it becomes the first. */
  addRepetition(path: Hl7Path, value: ElementValue): this {
    const parts = pathParts(path)
    // What follows the hyphen of an HL7 path is a field path.
    this.#need(parts, path).addRepetition(path.slice(path.indexOf('-') + 1) as FieldPath, value)
    return this
  }

  /**
   * Removes segments, or what the path names: all segments of a name (`'NTE'`) or one (`'OBX[2]'`), a repetition (`'PID-3[2]'`); a
   * field, component or subcomponent is emptied, as others count on their place.
   */
  remove(target: Hl7Path | SegmentPath | Segment | readonly Segment[]): this {
    if (typeof target !== 'string') return this.#removeSegments('id' in target ? [target] : target)
    if (target.includes('-')) {
      // What follows the hyphen of an HL7 path is a field path.
      this.#find(pathParts(target))?.remove(target.slice(target.indexOf('-') + 1) as FieldPath)
      return this
    }
    const { segmentId, occurrence } = segmentPathParts(target)
    const found = occurrence === 0 ? this.#indexed(segmentId) : [this.#occurrence(segmentId, occurrence)]
    return this.#removeSegments(found.filter(segment => segment !== undefined))
  }

  /** The bytes of the message. Untouched, the very bytes it was parsed from. Do not write into them. */
  format(): Uint8Array {
    if (!this.#context.touched && this.#bytes !== undefined) return this.#bytes
    const raw = this.#rawAll()
    const codec = this.#context.codec
    const bytes = codec === undefined ? encodeUtf8(raw) : codec.toBytes(raw)
    if (!this.#context.touched) this.#bytes = bytes
    return bytes
  }

  /** The message as text, its escapes untouched. */
  toString(): string {
    const raw = this.#rawAll()
    const decode = this.#context.codec?.decode
    return decode === undefined ? raw : decode(raw)
  }

  /** An independent copy. */
  clone(): Message {
    const context = this.#context.copy()
    const segments = this.#segments.map(segment => segment.copy(context))
    return new Message(context, this.#prefix, segments, this.#bytes)
  }

  /** What stands before the MSH, in raw form: spaces, a byte order mark, the VT of a frame. @internal */
  get prefix(): string {
    return this.#prefix
  }

  /** Line end for new segments: the one that the message uses. @internal */
  get lineEnd(): string {
    const used = this.#segments[0]?.terminator
    return used === '\n' || used === '\r\n' ? used : '\r'
  }

  #rawAll(): string {
    let raw = this.#prefix
    for (const segment of this.#segments) raw += segment.rawAll + segment.terminator
    return raw
  }

  #find(parts: PathParts): Segment | undefined {
    return this.#occurrence(parts.segmentId, parts.occurrence)
  }

  #occurrence(id: string, occurrence: number): Segment | undefined {
    if (occurrence > 1) return this.#indexed(id)[occurrence - 1]
    for (const segment of this.#segments) if (segment.id === id) return segment
    return undefined
  }

  /** The index makes a walk over `OBX[1]` to `OBX[n]` linear; first occurrences are found without it. */
  #indexed(id: string): readonly Segment[] {
    if (this.#index === undefined || this.#indexVersion !== this.#context.structureVersion) {
      this.#index = Map.groupBy(this.#segments, segment => segment.id)
      this.#indexVersion = this.#context.structureVersion
    }
    return this.#index.get(id) ?? []
  }

  #need(parts: PathParts, path: Hl7Path): Segment {
    const found = this.#find(parts)
    if (found !== undefined) return found
    const siblings = this.#indexed(parts.segmentId)
    if (parts.occurrence !== siblings.length + 1) {
      throw new Hl7Error('segment-absent', `${path}: the message has ${siblings.length} ${parts.segmentId}`, path)
    }
    const segment = createSegment(parts.segmentId, this.lineEnd, this.#context)
    const last = siblings.at(-1)
    return this.#insert(segment, last === undefined ? {} : { after: last })
  }

  #insert(segment: Segment, place: SegmentPlace): Segment {
    const beside = place.before ?? place.after
    let index = this.#segments.length
    if (beside !== undefined) {
      const neighbour = typeof beside === 'string' ? this.segment(beside) : beside
      index = neighbour === undefined ? -1 : this.#segments.indexOf(neighbour)
      if (index < 0) throw new Hl7Error('segment-absent', 'The segment to stand beside is not in this message')
      if (place.before === undefined) index++
    }
    if (index === 0) throw new Hl7Error('segment-invalid', 'Nothing can stand before the MSH', segment.id)
    const previous = this.#segments[index - 1]
    if (previous !== undefined && previous.terminator === '') previous.terminator = this.lineEnd
    this.#segments.splice(index, 0, segment)
    this.#changed()
    return segment
  }

  #removeSegments(targets: readonly Segment[]): this {
    const doomed = new Set(targets)
    const first = this.#segments[0]
    if (first !== undefined && doomed.has(first))
      throw new Hl7Error('segment-invalid', 'The MSH cannot be removed', first.id)
    const kept = this.#segments.filter(segment => !doomed.has(segment))
    if (kept.length === this.#segments.length) return this
    this.#segments.splice(0, this.#segments.length, ...kept)
    this.#changed()
    return this
  }

  #changed(): void {
    this.#context.touched = true
    this.#context.structureVersion++
  }
}
