import { type Category, categoryTable } from '@samband/errors'

/**
 * always: every message is answered, with C codes where MSH-15 asks for an accept acknowledgement, else with A codes.
 * as-asked: the same, but silent where MSH-15 and MSH-16 ask for silence. original: every message is answered with A codes.
 */
export type AcknowledgeMode = 'always' | 'as-asked' | 'original'

/** The acknowledgement codes of HL7 table 0008. */
export type AcknowledgementCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR'

/** What the sender asked for in MSH-15 and MSH-16 (HL7 table 0155: AL, NE, ER, SU; '' where it says nothing). */
export type AcknowledgementWish = {
  readonly acceptAcknowledgement: string
  readonly applicationAcknowledgement: string
}

/**
 * The code to answer with, or undefined for no answer (HL7 v2.5.1 §2.9.2 original mode, §2.9.3 enhanced mode).
 *
 * - MSH-15 and MSH-16 both empty: original mode, AA, AE or AR.
 * - MSH-15 asks for an accept acknowledgement: CA, CE or CR; as-asked, on the condition that it names.
 * - MSH-15 declines it (or is empty): the sender talks to this engine as its application, so it gets AA, AE or AR; as-asked, on the
 *   condition of MSH-16.
 *
 * By the standard, ER or NE ask for silence about what went well. Over MLLP nearly every sender waits for an answer whatever its
 * header says (of 592 messages from public test suites, 50 ask for silence), and one that waits in vain repeats the message; hence `always`.
 * A value outside of the table counts as AL: who fills in the field expects an answer.
 */
export function acknowledgementCode(
  wish: AcknowledgementWish,
  mode: AcknowledgeMode,
  failure: Category | undefined,
): AcknowledgementCode | undefined {
  const { acceptAcknowledgement: accept, applicationAcknowledgement: application } = wish
  const isAcceptAsked = accept !== '' && accept !== 'NE'
  if (mode === 'original' || (accept === '' && application === '')) return applicationCode(failure)
  if (mode === 'as-asked' && !isWanted(isAcceptAsked ? accept : application, failure)) return undefined
  return isAcceptAsked ? acceptCode(failure) : applicationCode(failure)
}

function isWanted(condition: string, failure: Category | undefined): boolean {
  if (condition === 'NE' || condition === '') return false
  if (condition === 'SU') return failure === undefined
  return condition !== 'ER' || failure !== undefined
}

function applicationCode(failure: Category | undefined): AcknowledgementCode {
  return failure === undefined ? 'AA' : categoryTable[failure].ackCode
}

function acceptCode(failure: Category | undefined): AcknowledgementCode {
  return failure === undefined ? 'CA' : categoryTable[failure].acceptCode
}
