import type { AckCode } from '../ack-builder.ts'
import { buildAck } from '../ack-builder.ts'
import type { ErrorDetail } from '../error-condition.ts'
import type { Severity } from '../issue.ts'
import type { Message } from '../message.ts'
import { formatCounts } from './format-report.ts'
import type { ValidationIssue, ValidationResult } from './validation-issue.ts'

export interface ValidationAckInit {
  /** Control id of the acknowledgement itself. */
  readonly controlId: string
  readonly now: Date
  readonly offsetMinutes?: number
  /** Code for a message with errors: `AE` where left out, `AR` or enhanced mode's `CE` and `CR` as the interface agreed. */
  readonly refusal?: AckCode
  /** Code for a message without: `AA` where left out. */
  readonly acceptance?: AckCode
  /** Least severity that becomes an ERR: `error` where left out. */
  readonly least?: Severity
  /** Most ERR segments; 100 where left out. */
  readonly errorsMax?: number
}

const ERRORS_MAX_DEFAULT = 100
const RANKS: Readonly<Record<Severity, number>> = { error: 2, warning: 1, information: 0 }

/**
 * The acknowledgement that says what is wrong: an ERR for each finding (one with a repetition for each before 2.5), with its place, the
 * condition of HL7 table 0357, and the validator's code as application error code.
 */
export function acknowledge(message: Message, result: ValidationResult, init: ValidationAckInit): Message {
  const { controlId, now, offsetMinutes, refusal = 'AE', acceptance = 'AA' } = init
  return buildAck(message, {
    code: result.ok ? acceptance : refusal,
    controlId,
    now,
    ...(offsetMinutes === undefined ? undefined : { offsetMinutes }),
    ...(result.ok ? undefined : { text: formatCounts(result.issues) }),
    errors: errorDetails(result.issues, init),
  })
}

/** Findings as `buildAck` takes them. */
export function errorDetails(
  issues: readonly ValidationIssue[],
  options: Pick<ValidationAckInit, 'least' | 'errorsMax'> = {},
): ErrorDetail[] {
  const rank = RANKS[options.least ?? 'error']
  return issues
    .filter(({ severity }) => RANKS[severity] >= rank)
    .slice(0, options.errorsMax ?? ERRORS_MAX_DEFAULT)
    .map(({ condition, severity, path, text, code }) => ({
      code: condition,
      severity,
      ...(path === undefined ? undefined : { path }),
      text,
      applicationCode: code,
    }))
}
