import { type Category, categoryTable } from '@samband/errors'

/** auto: original or enhanced mode, as MSH-15 and MSH-16 ask; original: always AA, AE or AR. */
export type AcknowledgeMode = 'auto' | 'original'

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
 * - MSH-15 asks for an accept acknowledgement: CA, CE or CR, on the condition that it names.
 * - MSH-15 declines it (or is empty) and MSH-16 asks for an application acknowledgement: the sender talks to this engine as its
 *   application, so it gets AA, AE or AR here, on the condition of MSH-16. Silence would leave it waiting for good.
 * - Both decline: no answer.
 *
 * A value outside of the table counts as AL: who fills in the field expects an answer.
 */
export function acknowledgementCode(
  wish: AcknowledgementWish,
  mode: AcknowledgeMode,
  failure: Category | undefined,
): AcknowledgementCode | undefined {
  const { acceptAcknowledgement: accept, applicationAcknowledgement: application } = wish
  if (mode === 'original' || (accept === '' && application === '')) return applicationCode(failure)
  if (accept !== '' && accept !== 'NE') return isWanted(accept, failure) ? acceptCode(failure) : undefined
  if (application !== '' && application !== 'NE')
    return isWanted(application, failure) ? applicationCode(failure) : undefined
  return undefined
}

function isWanted(condition: string, failure: Category | undefined): boolean {
  if (condition === 'SU') return failure === undefined
  return condition !== 'ER' || failure !== undefined
}

function applicationCode(failure: Category | undefined): AcknowledgementCode {
  return failure === undefined ? 'AA' : categoryTable[failure].ackCode
}

function acceptCode(failure: Category | undefined): AcknowledgementCode {
  return failure === undefined ? 'CA' : categoryTable[failure].acceptCode
}
