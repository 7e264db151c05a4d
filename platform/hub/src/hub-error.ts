import { type Category, categoryTable, SambandError } from '@samband/errors'
import { ISSUE_TYPES, type Issue } from '@samband/fhir'

/** What a refused interaction says: the status, and the issues of its OperationOutcome. No value of a resource in any text. */
export class HubError extends SambandError {
  /** HTTP status, where the category's own is not exact enough: 404 or 410, 409 or 412, 400 or 422. */
  readonly status: number
  readonly issues: readonly HubIssue[]

  constructor(init: {
    readonly code: string
    readonly category: Category
    readonly message: string
    readonly status?: number
    readonly issues?: readonly HubIssue[]
    readonly cause?: unknown
  }) {
    super(init)
    this.status = init.status ?? categoryTable[init.category].httpStatus
    this.issues = init.issues ?? [
      { severity: 'error', type: categoryTable[init.category].outcomeCode, code: init.code, text: init.message },
    ]
  }
}

export type HubIssue = {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  /** OperationOutcome.issue.code (FHIR R4 valueset-issue-type). */
  readonly type: string
  /** Ours: stable, kebab-case; goes into details.coding. */
  readonly code: string
  readonly text: string
  /** FHIRPath. */
  readonly expression?: string
}

/** What reading or validating found, as a hub's issues. */
export function hubIssues(issues: readonly Issue[]): readonly HubIssue[] {
  return issues.map(({ severity, code, text, path }) => ({
    severity,
    type: ISSUE_TYPES[code],
    code,
    text,
    ...(path === undefined ? {} : { expression: path }),
  }))
}
