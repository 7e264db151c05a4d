import type { ErrorCondition } from '../error-condition.ts'
import type { IssueCode, Severity } from '../issue.ts'
import type { ValidationCheck, ValidationRuleCode } from './validation-code.ts'

/** A validator's code, or one of the parser's, where its findings are handed on. */
export type ValidationCode = ValidationRuleCode | IssueCode

/**
 * One finding, written for the person who has to mend the sender. Its text names elements, types and tables, never a value of the
 * message: issues end in logs.
 */
export interface ValidationIssue {
  readonly code: ValidationCode
  readonly check: ValidationCheck
  readonly severity: Severity
  /** Where: `PID-3[2].4.1`, `OBX[3]`; of what is missing, where it should be. Absent for lines that are no segment. */
  readonly path?: string
  /** Counted from 1. Absent for what is missing at the message's end. */
  readonly segmentNumber?: number
  readonly text: string
  /** HL7 table 0357, for ERR-3 (ERR-1.4 before 2.5). */
  readonly condition: ErrorCondition
  /** Name of the profile whose rule it is; absent for the standard's own. */
  readonly profile?: string
}

/** Findings in message order. `ok` says that none is an error. */
export interface ValidationResult {
  readonly ok: boolean
  readonly issues: readonly ValidationIssue[]
}
