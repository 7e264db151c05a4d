/** Bounds of one validation. */
export interface ValidationLimits {
  /**
   * Most findings reported. The check ends there, and `issues-too-many` is an error in strict: what was not looked at is not called valid.
   */
  readonly issuesMax: number
}

export const VALIDATION_LIMITS_DEFAULT: ValidationLimits = { issuesMax: 1000 }
