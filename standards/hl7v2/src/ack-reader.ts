import type { AckCode } from './ack-builder.ts'
import type { Issue } from './issue.ts'
import type { Message } from './message.ts'
import type { Segment } from './segment.ts'

/** An error that a receiver reports, as it words it. */
export interface ReportedError {
  /** HL7 table 0357, or the receiver's own code. */
  readonly code: string
  readonly severity: string
  /** ERL or ELD in raw form, `PID^1^3`. */
  readonly location: string
  readonly text: string
}

/** What an acknowledgement says, or why it says nothing. */
export type AckReading =
  | {
      readonly ok: true
      readonly code: AckCode
      /** MSA-2: the control id of the message that is answered. */
      readonly controlId: string
      /** MSA-3, or the first error's text where the sender left it out. */
      readonly text: string
      readonly errors: readonly ReportedError[]
    }
  | { readonly ok: false; readonly issues: readonly Issue[] }

const CODES: readonly string[] = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR']

/** Reads MSA and ERR of any message that carries them: an ACK, or a response such as ORL or RSP. */
export function readAck(message: Message): AckReading {
  const msa = message.segments('MSA')[0]
  if (msa === undefined) {
    return fault({
      code: 'acknowledgement-missing',
      severity: 'error',
      text: 'The answer has no MSA segment',
      path: 'MSA',
    })
  }
  const code = (msa.text('1') ?? '').trim().toUpperCase()
  if (!isAckCode(code)) {
    return fault({
      code: 'acknowledgement-code-invalid',
      severity: 'error',
      text: 'MSA-1 is none of AA, AE, AR, CA, CE, CR',
      path: 'MSA-1',
    })
  }
  const errors = message.segments('ERR').flatMap(readErrors)
  const text = msa.text('3') ?? ''
  return { ok: true, code, controlId: msa.text('2') ?? '', text: text === '' ? (errors[0]?.text ?? '') : text, errors }
}

function fault(issue: Issue): AckReading {
  return { ok: false, issues: [issue] }
}

function isAckCode(code: string): code is AckCode {
  return CODES.includes(code)
}

/** Both layouts are tried, as receivers mix them whatever version they declare. */
function readErrors(err: Segment): ReportedError[] {
  const legacy = err.repetitions('1').map(repetition => ({
    code: repetition.text('4.1') ?? '',
    severity: 'E',
    location: ['1', '2', '3'].map(n => repetition.text(n as '1') ?? '').join('^'),
    text: repetition.text('4.2') ?? '',
  }))
  const code = err.text('3.1') ?? ''
  const text = firstFilled([err.text('8'), err.text('7'), err.text('3.2')])
  if (code === '' && text === '') return legacy
  return [...legacy, { code, severity: err.text('4') ?? '', location: err.raw('2') ?? '', text }]
}

function firstFilled(texts: readonly (string | undefined)[]): string {
  return texts.find(text => text !== undefined && text !== '') ?? ''
}
