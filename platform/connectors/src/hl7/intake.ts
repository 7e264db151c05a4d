import type { Incoming, Intake } from '@samband/engine'
import { SambandError, toSambandError } from '@samband/errors'
import { type Header, quickHeader } from '@samband/hl7v2'
import { type AcknowledgeMode, acknowledgementCode } from './acknowledge.ts'
import { AckTemplates } from './ack-templates.ts'
import { createControlIds, negativeAnswer, plainAnswer } from './answer.ts'

/** What became of a message, and the acknowledgement for its sender (undefined where it wants none). */
export type Hl7Outcome = {
  readonly answer: Uint8Array | undefined
  readonly error: SambandError | undefined
}

/** Takes HL7 v2 messages off any transport. */
export type Hl7Intake = {
  /** Stores one message and acknowledges it after its commit; never rejects. */
  readonly submit: (incoming: Incoming) => Hl7Outcome | Promise<Hl7Outcome>
  /** The negative acknowledgement of a message that the transport refused, of which the first bytes are known. */
  readonly reject: (firstBytes: Uint8Array, error: SambandError) => Uint8Array | undefined
}

/** Stores each HL7 v2 message and acknowledges it after its commit; what is no message is recorded and rejected. */
export function createHl7Intake(intake: Intake, mode: AcknowledgeMode): Hl7Intake {
  const nextControlId = createControlIds(Date.now())
  const positive = new AckTemplates()
  const outcome = (header: Header, error: SambandError | undefined): Hl7Outcome => {
    const code = acknowledgementCode(header, mode, error?.category)
    if (code === undefined) return { answer: undefined, error }
    const controlId = nextControlId()
    try {
      if (error === undefined) return { answer: positive.bytes(header, code, controlId, new Date()), error }
      return { answer: negativeAnswer(header, code, controlId, error), error }
    } catch {
      // A header that no answer can be built from must not leave its sender waiting, least of all for what is stored.
      return { answer: plainAnswer(header, code, controlId), error }
    }
  }
  const submit = (incoming: Incoming): Hl7Outcome | Promise<Hl7Outcome> => {
    const header = quickHeader(incoming.bytes)
    const unusable = refusalOf(header, incoming.bytes)
    if (unusable !== undefined) {
      intake.refuse({ code: unusable.code, text: unusable.message, peer: incoming.peer, bytes: incoming.bytes })
      return outcome(header, unusable)
    }
    return intake.submit(incoming).then(
      () => outcome(header, undefined),
      (thrown: unknown) => outcome(header, toSambandError(thrown, 'hl7-not-stored')),
    )
  }
  return { submit, reject: (firstBytes, error) => outcome(quickHeader(firstBytes), error).answer }
}

/** Why bytes cannot even be stored as a message: nothing in them says what they are. */
function refusalOf(header: Header, bytes: Uint8Array): SambandError | undefined {
  if (header.recognised) return undefined
  if (bytes.length === 0) {
    return new SambandError({ code: 'hl7-message-empty', category: 'incorrect', message: 'The message is empty' })
  }
  if (startsWithBatch(bytes)) {
    return new SambandError({
      code: 'hl7-batch-not-split',
      category: 'unsupported',
      message: 'A batch (FHS or BHS) is taken only as a file: send its messages one by one',
    })
  }
  return new SambandError({
    code: 'hl7-msh-missing',
    category: 'unsupported',
    message: 'The message does not begin with a usable MSH segment',
  })
}

function startsWithBatch(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 3))
  return start === 'FHS' || start === 'BHS'
}
