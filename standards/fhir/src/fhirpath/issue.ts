/** What can be wrong with an expression, or with evaluating it. The codes are stable. */
export type FhirPathIssueCode =
  /** The text is no FHIRPath. */
  | 'syntax-invalid'
  /** FHIRPath, but longer or deeper than the limits. */
  | 'expression-too-large'
  /** FHIRPath that this compiler does not know: another engine may. */
  | 'unsupported'
  /** A type that neither the model nor the System namespace has. */
  | 'type-unknown'
  /** `%name` that the environment does not have. */
  | 'variable-unknown'
  /** Several items where the specification allows one. */
  | 'single-item-expected'
  /** An operand or argument of a type that the operator or function does not take. */
  | 'type-mismatch'
  /** A regular expression that is malformed, or that could take unbounded time. */
  | 'pattern-refused'
  /** A function that needs a port which the caller did not give. */
  | 'port-missing'
  /** More items or steps than the limits allow. */
  | 'evaluation-too-large'

/** One finding. The text never holds a value of the resource, since issues end in logs. */
export interface FhirPathIssue {
  readonly code: FhirPathIssueCode
  readonly text: string
  /** 0-based offset in the expression, when known. */
  readonly at?: number
}

/** Thrown inside the package and turned into a value at its edge. */
export class FhirPathError extends Error {
  readonly code: FhirPathIssueCode
  readonly at: number | undefined

  constructor(code: FhirPathIssueCode, text: string, at?: number) {
    super(text)
    this.name = 'FhirPathError'
    this.code = code
    this.at = at
  }

  toIssue(): FhirPathIssue {
    return { code: this.code, text: this.message, ...(this.at === undefined ? {} : { at: this.at }) }
  }
}
