import { codecOf } from './charset.ts'
import { formatEncodingCharacters } from './delimiters.ts'
import type { ErrorDetail } from './error-condition.ts'
import { ERROR_CONDITIONS } from './error-condition.ts'
import type { Header } from './header.ts'
import { headerOf, quickHeader } from './header.ts'
import type { Severity } from './issue.ts'
import { Message } from './message.ts'
import { isAscii, MessageContext } from './message-context.ts'
import type { PathParts } from './path.ts'
import { parsePath, parseSegmentPath } from './path.ts'
import { Segment } from './segment.ts'
import { formatTimestamp } from './timestamp.ts'
import { isAtLeast } from './version.ts'

/** HL7 table 0008. A codes answer for the application, C codes (enhanced mode) only for safe storage. */
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR'

export interface AckInit {
  readonly code: AckCode
  /** Control id of the acknowledgement itself. */
  readonly controlId: string
  readonly now: Date
  /** MSA-3: a reason that a human understands, without patient data. */
  readonly text?: string
  readonly errors?: readonly ErrorDetail[]
  /** Minutes east of UTC for MSH-7. */
  readonly offsetMinutes?: number
}

const VERSION_DEFAULT = '2.5.1'
const SEVERITY_CODES: Readonly<Record<Severity, string>> = { error: 'E', warning: 'W', information: 'I' }

/**
 * Builds the acknowledgement of a message (HL7 v2.5.1 §2.9.2 and §2.9.3): addresses swapped, the sender's delimiters,
 * version, character set and processing id, MSA-2 its control id. Errors become ERR segments in the layout of the version: ERR-1 before 2.5, else
 * ERR-2 to ERR-8.
 */
export function buildAck(original: Message | Header, init: AckInit): Message {
  const header = original instanceof Message ? headerOf(original) : original
  const version = header.version === '' ? VERSION_DEFAULT : header.version
  const fit = fitter(header)
  const context = new MessageContext(header.delimiters, header.readAs, undefined, true)
  const msh = headerLine(header, version, init, context, fit)
  const text = (value: string): string => context.encodeLeaf(fit(value), 'MSA')
  const { field } = header.delimiters
  const reason = init.text === undefined ? '' : `${field}${text(init.text)}`
  const msa = `MSA${field}${init.code}${field}${text(header.controlId)}${reason}`
  const segments = [
    new Segment('MSH', msh, 0, msh.length, '\r', context),
    new Segment('MSA', msa, 0, msa.length, '\r', context),
  ]
  const ack = new Message(context, '', segments, undefined)
  context.touched = true
  if (isAtLeast(version, 2, 5)) for (const error of init.errors ?? []) addError(ack, error, fit)
  else addLegacyErrors(ack, init.errors ?? [], fit)
  return ack
}

/** MSH of the answer, written as a line: one per message acknowledged, and ten times as fast as setting its fields one by one. */
function headerLine(
  header: Header,
  version: string,
  init: AckInit,
  context: MessageContext,
  fit: (text: string) => string,
): string {
  const { field, component } = header.delimiters
  const text = (value: string): string => context.encodeLeaf(fit(value), 'MSH')
  // Addresses keep their components. One that could not have been a field is not trusted to be raw.
  const raw = (value: string): string => {
    if (value.includes(field) || value.includes('\r') || value.includes('\n')) return text(value)
    return isAscii(value) ? value : context.encodeRaw(fit(value), 'MSH')
  }
  let type = 'ACK'
  if (component !== undefined && header.triggerEvent !== '') {
    type += component + text(header.triggerEvent) + (isAtLeast(version, 2, 4) ? `${component}ACK` : '')
  }
  const line = [
    'MSH',
    formatEncodingCharacters(header.delimiters),
    raw(header.receivingApplication),
    raw(header.receivingFacility),
    raw(header.sendingApplication),
    raw(header.sendingFacility),
    text(formatTimestamp(init.now, init.offsetMinutes)),
    '',
    type,
    text(init.controlId),
    header.processingId === '' ? 'P' : raw(header.processingId),
    text(version),
  ].join(field)
  return header.charset === '' ? line : line + field.repeat(6) + text(header.charset)
}

/**
 * An acknowledgement for bytes that are no message: as much of a header as can be read, else the defaults. Code AR (or CR) unless
 * stated. Never throws.
 */
export function buildRejection(bytes: Uint8Array, init: Omit<AckInit, 'code'> & { readonly code?: AckCode }): Message {
  return buildAck(quickHeader(bytes), { ...init, code: init.code ?? 'AR' })
}

/**
 * Replaces what the sender's character set cannot hold, and what would need an escape where the sender has no escape character: an
 * acknowledgement must go out whatever came in.
 */
function fitter(header: Header): (text: string) => string {
  const { field, component, repetition, subcomponent, escape } = header.delimiters
  const marks = escape === undefined ? [field, component, repetition, subcomponent] : []
  const replacement = (character: string): string => {
    if (codecOf(header.readAs).encode(character) === undefined) return '?'
    const control = character < ' ' || character === '\x7f'
    return escape === undefined && (control || marks.includes(character)) ? ' ' : character
  }
  return text => (escape !== undefined && isAscii(text) ? text : Array.from(text.toWellFormed(), replacement).join(''))
}

/** ERR as of v2.5 (HL7 v2.5.1 §2.15.5): ERR-2 location, ERR-3 condition, ERR-4 severity, ERR-5 application code, ERR-7 and ERR-8 text. */
function addError(ack: Message, error: ErrorDetail, fit: (text: string) => string): void {
  const err: Segment = ack.add('ERR', {})
  const place = locate(error.path)
  if (place !== undefined) err.set('2', locationOf(place, true))
  err.set('3', [error.code, ERROR_CONDITIONS[error.code], 'HL70357'])
  err.set('4', SEVERITY_CODES[error.severity ?? 'error'])
  if (error.applicationCode !== undefined) err.set('5', fit(error.applicationCode))
  if (error.text !== undefined) err.set('7', fit(error.text)).set('8', fit(error.text))
}

/**
 * ERR before v2.5: a repetition of ERR-1 per error (ELD: segment, sequence, field, condition as subcomponents), or a segment
 * per error for a sender without a repetition separator.
 */
function addLegacyErrors(ack: Message, errors: readonly ErrorDetail[], fit: (text: string) => string): void {
  const { repetition, subcomponent } = ack.delimiters
  let err: Segment | undefined
  for (const error of errors) {
    const place = locate(error.path)
    const condition = [error.code, fit(error.text ?? ERROR_CONDITIONS[error.code]), 'HL70357']
    const location = place === undefined ? ['', '', ''] : locationOf(place, false)
    if (err === undefined || repetition === undefined) err = ack.add('ERR')
    err.addRepetition('1', [...location, subcomponent === undefined ? error.code : condition])
  }
}

function locate(path: string | undefined): PathParts | undefined {
  if (path === undefined) return undefined
  const full = parsePath(path)
  return full.ok ? full.parts : parseSegmentPath(path)
}

/** ERL (from v2.5) goes down to the subcomponent; ELD ends at the field. */
function locationOf(parts: PathParts, deep: boolean): string[] {
  const numbers = [parts.occurrence || 1, parts.field]
  if (deep && parts.field > 0) numbers.push(parts.repetition || 1, parts.component, parts.subcomponent)
  while (deep && numbers.at(-1) === 0) numbers.pop()
  return [parts.segmentId, ...numbers.map(n => (n === 0 ? '' : String(n)))]
}
