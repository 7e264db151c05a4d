/**
 * What typed views have beside the members that the standard names. Those of ours begin with `$`, as no name of the standard does.
 */
import type { SegmentDeclaration } from '../dictionary/define-segment.ts'
import type { ElementValue } from '../element-value.ts'
import type { Message } from '../message.ts'
import type { Hl7Path } from '../path.ts'
import type { ElementState, Segment } from '../segment.ts'
import type { Deviation } from './match-structure.ts'

/** Decoded text of an element without components: undefined where absent, `''` where empty, `""` where null. */
export type Leaf = string | undefined

/**
 * What may come more than once: an array of what came. `[0]` is there even where the array is empty, as a view of nothing, so
 * that `patientName[0].givenName` needs no questions.
 */
export interface Many<T> extends ReadonlyArray<T> {
  readonly 0: T
}

/** The repetitions of a field. */
export interface Repeated<T> extends Many<T> {
  /** Adds a repetition and gives its view: `patientName.$add(['Nordmann', 'Kari'])`. */
  readonly $add: (value: ElementValue) => T
}

/** A field or component that is divided into components. Reading from one that is absent gives undefined. */
export interface Composite {
  /** Text of its first leaf: what a reader sees who knows no components. */
  readonly $text: string | undefined
  /** As it stands in the message, with delimiters and escapes. */
  readonly $raw: string | undefined
  readonly $state: ElementState
  /** Whether a value is there: neither absent, empty nor null. */
  readonly $exists: boolean
  /** Where it is, to use with the message: `PID-5[2]`. */
  readonly $path: Hl7Path
  /** Replaces the whole of it: `$set(['Nordmann', 'Kari'])`, `$set(null)` for HL7's null. */
  readonly $set: (value: ElementValue) => void
  /** `$text`, or `''`. */
  readonly toString: () => string
}

/** A value whose data type another field decides, as OBX-2 does for OBX-5. */
export interface Varying<Types> extends Composite {
  /** The value by the components of a data type: `observationValue[0].$as('CWE').identifier`. */
  readonly $as: <DataType extends keyof Types & string>(dataType: DataType) => Types[DataType]
}

/** A segment, by the names of its fields. Assigning a text to a leaf sets it, undefined empties it. */
export interface SegmentView {
  readonly $exists: boolean
  /** The segment itself, for everything else. */
  readonly $segment: Segment | undefined
  /** Where it is: `PID`, `OBX[3]`; of an absent one where it would be. */
  readonly $path: string
  /** Where it does not exist, adds it at its place in the structure. Setting a field does so too. */
  readonly $create: () => Segment
}

/** A group of segments, or the whole message. */
export interface GroupView {
  readonly $exists: boolean
  /** All its segments and those of the groups in it, in message order. */
  readonly $segments: readonly Segment[]
  /** Segments in it that the structure does not know, such as Z segments. */
  readonly $extras: readonly Segment[]
}

/** A message by its structure. */
export interface MessageView extends GroupView {
  readonly $message: Message
  /** Where the message departs from the structure. */
  readonly $deviations: readonly Deviation<Segment>[]
}

/** A view of a segment that `defineSegment` declared, with the data types of a version. */
export type DeclaredView<D extends SegmentDeclaration, Types> = SegmentView & {
  -readonly [Name in keyof D['fields']]: D['fields'][Name] extends { readonly repeats: true | number }
    ? Repeated<ElementView<D['fields'][Name]['dataType'], Types>>
    : ElementView<D['fields'][Name]['dataType'], Types>
}

/** View of an element by the name of its data type: what the version has no components for is a leaf. */
export type ElementView<DataType extends string, Types> = DataType extends keyof Types ? Types[DataType] : Leaf
