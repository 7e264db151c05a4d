import type { Charset } from '../../charset.ts'

/**
 * A value: its decoded text, where that tells the bytes in the message exactly. Where it does not (an escape spelt in an unusual way, bytes that
 * are not valid in the character set), `raw` holds the bytes in hexadecimal, and `text` is there to be read.
 */
export type LeafJson = string | { readonly raw: string; readonly text?: string }

/** A component: a value, or its subcomponents. */
export type ComponentJson = LeafJson | readonly LeafJson[]

/** A repetition: a value, or its components. */
export type RepetitionJson = LeafJson | readonly ComponentJson[]

/** A field: a value, or its repetitions. So `[["123", "", "", "HOS"]]` is one repetition of four components. */
export type FieldJson = LeafJson | readonly RepetitionJson[]

/** A segment: its name, then its fields, so that an index is a field number: `segment[3]` is PID-3. MSH-1 is the separator, as in paths. */
export type SegmentJson = readonly [LeafJson, ...FieldJson[]]

/** A message as plain data that gives back every byte: `fromJson(toJson(message))` formats to what the message formats to. */
export interface MessageJson {
  readonly format: typeof MESSAGE_JSON_FORMAT
  /** What the text was decoded from, and is encoded in again. */
  readonly charset: Charset
  readonly segments: readonly SegmentJson[]
  /** Line end of the segments; CR where left out. */
  readonly lineEnd?: string
  /** Line ends that are others, by segment number, 1-based. */
  readonly lineEnds?: { readonly [segmentNumber: string]: string }
  /** What stood before the MSH. */
  readonly prefix?: LeafJson
}

export const MESSAGE_JSON_FORMAT = 'hl7v2-er7-1'
