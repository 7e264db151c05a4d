import type { OperationOutcome, OperationOutcomeIssue } from './generated/types/r4.ts'
import type { Issue } from './issue.ts'
import { ISSUE_TYPES } from './issue.ts'

const POSITION_LINE = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line'
const POSITION_COLUMN = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col'
const ISSUE_SOURCE = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-source'

/** Issues as a client is told them (FHIR R4 operationoutcome.html). Without any it says that all is well, as `$validate` must. */
export function operationOutcome(issues: readonly Issue[]): OperationOutcome {
  if (issues.length === 0) {
    const text = 'No issue was found'
    return {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'information', code: 'informational', details: { text } }],
    }
  }
  return { resourceType: 'OperationOutcome', issue: issues.map(outcomeIssue) }
}

function outcomeIssue(issue: Issue): OperationOutcomeIssue {
  const { position, profile, path, rule } = issue
  const extension = [
    ...(position === undefined
      ? []
      : [
          { url: POSITION_LINE, valueInteger: position.line },
          { url: POSITION_COLUMN, valueInteger: position.column },
        ]),
    ...(profile === undefined ? [] : [{ url: ISSUE_SOURCE, valueString: profile }]),
  ]
  return {
    ...(extension.length === 0 ? {} : { extension }),
    severity: issue.severity,
    code: ISSUE_TYPES[issue.code],
    details: { coding: [{ code: issue.code }], text: issue.text },
    ...(rule === undefined ? {} : { diagnostics: `Rule ${rule}` }),
    ...(path === undefined || path === '' ? {} : { expression: [path] }),
  }
}
