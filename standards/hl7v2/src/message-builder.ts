import type { Charset } from './charset.ts'
import { formatCharset } from './charset.ts'
import type { Delimiters } from './delimiters.ts'
import { DELIMITERS_DEFAULT, formatEncodingCharacters } from './delimiters.ts'
import type { ElementValue } from './element-value.ts'
import { Hl7Error } from './hl7-error.ts'
import type { SegmentFields } from './message.ts'
import { Message } from './message.ts'
import { MessageContext } from './message-context.ts'
import { Segment } from './segment.ts'
import type { SegmentId } from './segment-id.ts'
import { formatTimestamp } from './timestamp.ts'

/** What a new message needs. Time and control id are the caller's: this package has neither clock nor randomness. */
export interface MessageInit {
  /** Code and event, as `ADT^A01`. */
  readonly type: string
  /** MSH-9.3, as `ADT_A01`. */
  readonly structure?: string
  /** MSH-12. Default `2.5.1`. */
  readonly version?: string
  /** MSH-10. */
  readonly controlId: string
  /** MSH-7; a Date is written in UTC, a string as it is. */
  readonly at: Date | string
  /** MSH-3 to MSH-6; an array gives the components of an HD (`['EHR', '1.2.3', 'ISO']`). */
  readonly sendingApplication?: ElementValue
  readonly sendingFacility?: ElementValue
  readonly receivingApplication?: ElementValue
  readonly receivingFacility?: ElementValue
  /** MSH-11: P production, T training, D debugging. Default `P`. */
  readonly processingId?: string
  /** MSH-18. Default UTF-8. */
  readonly charset?: Charset
  readonly delimiters?: Delimiters
  /** The other header fields, by number. */
  readonly header?: SegmentFields
  /** The segments after MSH, in order. */
  readonly segments?: readonly (readonly [id: SegmentId, fields: SegmentFields])[]
}

/** Builds a message. Throws `Hl7Error` where a value does not fit the character set. */
export function buildMessage(init: MessageInit): Message {
  const delimiters = init.delimiters ?? DELIMITERS_DEFAULT
  const charset = init.charset ?? 'utf-8'
  const context = new MessageContext(delimiters, charset, undefined, false)
  const raw = `MSH${delimiters.field}${formatEncodingCharacters(delimiters)}`
  const header = new Segment('MSH', raw, 0, raw.length, '\r', context)
  const [code, event] = init.type.split('^')
  if (code === undefined || code === '')
    throw new Hl7Error('header-invalid', 'A message needs a type, such as ADT^A01', 'MSH-9')
  const type = [code, event, init.structure].map(part => part ?? '')
  while (type.at(-1) === '') type.pop()
  if (init.sendingApplication !== undefined) header.set('3', init.sendingApplication)
  if (init.sendingFacility !== undefined) header.set('4', init.sendingFacility)
  if (init.receivingApplication !== undefined) header.set('5', init.receivingApplication)
  if (init.receivingFacility !== undefined) header.set('6', init.receivingFacility)
  header
    .set('7', typeof init.at === 'string' ? init.at : formatTimestamp(init.at))
    .set('9', type)
    .set('10', init.controlId)
    .set('11', init.processingId ?? 'P')
    .set('12', init.version ?? '2.5.1')
  if (charset !== 'ascii') header.set('18', formatCharset(charset))
  const message = new Message(context, '', [header], undefined)
  for (const [path, value] of Object.entries(init.header ?? {})) {
    // Object.entries forgets the key type, which SegmentFields fixes.
    if (value !== undefined) header.set(path as keyof SegmentFields & `${number}`, value)
  }
  for (const [id, fields] of init.segments ?? []) message.add(id, fields)
  context.touched = true
  return message
}
