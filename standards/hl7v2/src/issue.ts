/** How bad a finding is: `error` breaks the standard, `warning` is tolerated, `information` is only worth knowing. */
export type Severity = 'error' | 'warning' | 'information'

/** Every finding of the codec. The codes are stable: configuration and dashboards may refer to them. */
export type IssueCode =
  | 'input-empty'
  | 'input-too-large'
  | 'segments-too-many'
  | 'header-missing'
  | 'header-displaced'
  | 'field-separator-invalid'
  | 'encoding-characters-missing'
  | 'encoding-characters-invalid'
  | 'message-type-missing'
  | 'control-id-missing'
  | 'segment-id-invalid'
  | 'segment-id-case'
  | 'segment-indented'
  | 'framing-characters'
  | 'charset-unknown'
  | 'charset-undeclared'
  | 'charset-bytes-invalid'
  | 'message-repeated'
  | 'path-invalid'
  | 'acknowledgement-missing'
  | 'acknowledgement-code-invalid'
  | 'batch-count-mismatch'
  | 'batch-trailer-missing'
  | 'batch-header-missing'
  | 'batch-message-invalid'
  | 'timestamp-invalid'
  | 'json-invalid'
  | 'xml-invalid'
  | 'xml-refused'
  | 'issues-too-many'

/** Where something was found. Offsets are 0-based bytes of the input; segments are counted from 1. */
export interface IssuePosition {
  readonly byteOffset: number
  readonly segmentNumber?: number
}

/**
 * One finding, written for the person who has to mend the sender. The text never holds a field's content, since
 * issues end in logs.
 */
export interface Issue {
  readonly code: IssueCode
  readonly severity: Severity
  readonly text: string
  readonly path?: string
  readonly position?: IssuePosition
}

/** Collects findings up to a limit, so that a hostile message cannot fill the memory with complaints. */
export class IssueList {
  readonly issues: Issue[] = []
  readonly #issuesMax: number

  constructor(issuesMax: number) {
    this.#issuesMax = issuesMax
  }

  get full(): boolean {
    return this.issues.length >= this.#issuesMax
  }

  add(code: IssueCode, severity: Severity, text: string, position?: IssuePosition, path?: string): void {
    if (this.issues.length > this.#issuesMax) return
    if (this.issues.length === this.#issuesMax) {
      this.issues.push({
        code: 'issues-too-many',
        severity: 'warning',
        text: `More than ${this.#issuesMax} issues: the rest is left out`,
      })
      return
    }
    this.issues.push({
      code,
      severity,
      text,
      ...(path === undefined ? {} : { path }),
      ...(position === undefined ? {} : { position }),
    })
  }
}
