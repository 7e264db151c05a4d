import type { ErrorCondition } from '../error-condition.ts'
import type { Severity } from '../issue.ts'

/** What is checked. Each can be left out by itself. */
export const VALIDATION_CHECKS = [
  'syntax',
  'structure',
  'required',
  'types',
  'tables',
  'lengths',
  'conditions',
  'repetitions',
  'withdrawn',
  'unknown',
  'profile',
] as const

export type ValidationCheck = (typeof VALIDATION_CHECKS)[number]

/**
 * `strict` names every deviation from the standard. `lenient` has an error only for what no engine could work with: it warns of what a
 * receiver may stumble over, and leaves out what HL7's own rules for receivers pass over. A profile's rules are
 * errors in both, as somebody declared them.
 */
export type ValidationLevel = 'lenient' | 'strict'

/** Code of a validator's own finding. The codes are stable: configuration and dashboards may refer to them. */
export type ValidationRuleCode =
  | 'message-type-missing'
  | 'segment-id-invalid'
  | 'control-character'
  | 'escape-invalid'
  | 'version-unknown'
  | 'version-differs'
  | 'message-type-unknown'
  | 'event-unknown'
  | 'structure-mismatch'
  | 'structure-withdrawn'
  | 'segment-missing'
  | 'group-missing'
  | 'segment-unexpected'
  | 'segment-misplaced'
  | 'segment-repeated'
  | 'group-repeated'
  | 'segment-unknown'
  | 'segment-local'
  | 'field-missing'
  | 'field-null'
  | 'component-missing'
  | 'value-type-invalid'
  | 'value-precision'
  | 'component-rule'
  | 'table-value-invalid'
  | 'table-value-local'
  | 'value-too-long'
  | 'length-recommended'
  | 'condition-missing'
  | 'condition-forbidden'
  | 'repetitions-too-many'
  | 'field-withdrawn'
  | 'component-withdrawn'
  | 'field-deprecated'
  | 'field-unknown'
  | 'component-unknown'
  | 'subcomponent-unknown'
  | 'element-not-supported'
  | 'repetitions-too-few'
  | 'value-not-allowed'
  | 'value-too-short'
  | 'pattern-mismatch'
  | 'profile-differs'

/** What a code stands for. */
export interface ValidationRule {
  readonly check: ValidationCheck
  readonly condition: ErrorCondition
  /** undefined: not reported at this level. */
  readonly strict: Severity | undefined
  readonly lenient: Severity | undefined
}

function rule(
  check: ValidationCheck,
  condition: ErrorCondition,
  strict: Severity | undefined,
  lenient: Severity | undefined,
): ValidationRule {
  return { check, condition, strict, lenient }
}

/** Every finding of the validator with its HL7 error condition (table 0357) and its severity at each level. */
export const VALIDATION_RULES: Readonly<Record<ValidationRuleCode, ValidationRule>> = {
  'message-type-missing': rule('syntax', '101', 'error', 'error'),
  'segment-id-invalid': rule('syntax', '100', 'error', 'warning'),
  'control-character': rule('syntax', '102', 'error', 'information'),
  'escape-invalid': rule('syntax', '102', 'error', 'information'),
  'version-unknown': rule('syntax', '203', 'error', 'warning'),
  'version-differs': rule('syntax', '203', 'warning', undefined),

  'message-type-unknown': rule('structure', '200', 'error', 'warning'),
  'event-unknown': rule('structure', '201', 'error', 'warning'),
  'structure-mismatch': rule('structure', '200', 'error', 'warning'),
  'structure-withdrawn': rule('structure', '200', 'warning', undefined),
  'segment-missing': rule('structure', '100', 'error', 'warning'),
  'group-missing': rule('structure', '100', 'error', 'warning'),
  'segment-unexpected': rule('structure', '100', 'error', 'warning'),
  'segment-misplaced': rule('structure', '100', 'error', 'warning'),
  'segment-repeated': rule('structure', '100', 'error', 'warning'),
  'group-repeated': rule('structure', '100', 'error', 'warning'),
  'segment-unknown': rule('structure', '100', 'error', 'warning'),
  'segment-local': rule('structure', '100', 'information', undefined),

  'field-missing': rule('required', '101', 'error', 'warning'),
  'field-null': rule('required', '101', 'warning', undefined),
  'component-missing': rule('required', '101', 'error', 'information'),

  'value-type-invalid': rule('types', '102', 'error', 'warning'),
  'value-precision': rule('types', '102', 'warning', undefined),
  'component-rule': rule('types', '102', 'error', 'information'),

  'table-value-invalid': rule('tables', '103', 'error', 'warning'),
  'table-value-local': rule('tables', '103', 'information', 'information'),

  'value-too-long': rule('lengths', '104', 'error', 'warning'),
  'length-recommended': rule('lengths', '104', 'warning', 'information'),

  'condition-missing': rule('conditions', '101', 'error', 'information'),
  'condition-forbidden': rule('conditions', '102', 'error', 'information'),

  'repetitions-too-many': rule('repetitions', '102', 'error', 'warning'),

  'field-withdrawn': rule('withdrawn', '102', 'error', undefined),
  'component-withdrawn': rule('withdrawn', '102', 'error', undefined),
  'field-deprecated': rule('withdrawn', '102', 'information', undefined),

  'field-unknown': rule('unknown', '102', 'error', 'information'),
  'component-unknown': rule('unknown', '102', 'error', 'information'),
  'subcomponent-unknown': rule('unknown', '102', 'error', 'information'),

  'element-not-supported': rule('profile', '102', 'error', 'error'),
  'repetitions-too-few': rule('profile', '101', 'error', 'error'),
  'value-not-allowed': rule('profile', '103', 'error', 'error'),
  'value-too-short': rule('profile', '102', 'error', 'error'),
  'pattern-mismatch': rule('profile', '102', 'error', 'error'),
  'profile-differs': rule('profile', '200', 'error', 'error'),
}
