/** How bad a finding is (FHIR R4 valueset-issue-severity); `fatal` means that nothing behind it was looked at. */
export type IssueSeverity = 'fatal' | 'error' | 'warning' | 'information'

/**
 * Every finding of this package, and the code of OperationOutcome.issue.code that it is told by (FHIR R4 valueset-issue-type). The keys
 * are stable: configuration and dashboards may refer to them.
 */
export const ISSUE_TYPES = {
  // Reading
  'input-empty': 'structure',
  'input-too-large': 'too-long',
  'input-too-deep': 'too-long',
  'encoding-invalid': 'structure',
  'json-invalid': 'structure',
  'json-duplicate-key': 'structure',
  'xml-invalid': 'structure',
  'xml-refused': 'security',
  'format-unsupported': 'not-supported',
  'version-unsupported': 'not-supported',
  // Structure
  'resource-expected': 'structure',
  'resource-type-missing': 'structure',
  'resource-type-unknown': 'structure',
  'resource-type-wrong': 'structure',
  'element-unknown': 'structure',
  'element-missing': 'required',
  'element-repeated': 'structure',
  'element-too-many': 'structure',
  'element-forbidden': 'structure',
  'element-empty': 'structure',
  'list-expected': 'structure',
  'list-unexpected': 'structure',
  'type-wrong': 'structure',
  'null-misplaced': 'structure',
  'choice-repeated': 'structure',
  'value-invalid': 'value',
  'value-too-long': 'too-long',
  'value-out-of-range': 'value',
  // Rules of profiles
  'fixed-differs': 'value',
  'pattern-differs': 'value',
  'slice-unmatched': 'structure',
  'slice-missing': 'required',
  'slice-too-many': 'structure',
  'slice-order': 'structure',
  'slice-untold': 'informational',
  'profile-unknown': 'not-found',
  'profile-type-wrong': 'structure',
  'profile-unusable': 'not-supported',
  // Meaning
  'code-not-bound': 'code-invalid',
  'code-outside-extensible': 'code-invalid',
  'code-unchecked': 'informational',
  'code-unknown': 'code-invalid',
  'system-invalid': 'code-invalid',
  'identifier-invalid': 'value',
  'attachment-size-wrong': 'value',
  'bundle-link-repeated': 'duplicate',
  'full-url-invalid': 'value',
  'invariant-broken': 'invariant',
  'invariant-unchecked': 'informational',
  'reference-invalid': 'value',
  'reference-type-wrong': 'structure',
  'reference-unresolved': 'not-found',
  'extension-unknown': 'informational',
  'extension-url-invalid': 'extension',
  'extension-misplaced': 'extension',
  'extension-not-modifier': 'extension',
  'modifier-extension-unknown': 'extension',
  'contained-id-missing': 'structure',
  'contained-repeated': 'duplicate',
  'id-repeated': 'duplicate',
  'narrative-invalid': 'invalid',
  'package-invalid': 'structure',
  'snapshot-impossible': 'not-supported',
  'issues-too-many': 'informational',
} as const

export type IssueCode = keyof typeof ISSUE_TYPES

/** Where a text was left: characters are counted from 0, lines and columns from 1. */
export interface TextPosition {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/**
 * One finding, written for the person who has to mend the sender. The text never holds a value of the instance, since issues end in logs;
 * it names elements, types, codes of definitions and canonical addresses only.
 */
export interface Issue {
  readonly severity: IssueSeverity
  readonly code: IssueCode
  readonly text: string
  /** Where, as simple FHIRPath: `Patient.name[0].given[1]`. */
  readonly path?: string
  /** The rule that was broken, where it has a name: `obs-7`. */
  readonly rule?: string
  /** The definition that the rule is of, where it is not the resource type's own. */
  readonly profile?: string
  readonly position?: TextPosition
}

/** Findings, and whether any of them refuses the input. */
export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some(({ severity }) => severity === 'error' || severity === 'fatal')
}

/** The position of an offset; costs a scan, so it is asked for when something was found. */
export function positionAt(text: string, offset: number): TextPosition {
  let line = 1
  let lineStart = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  return { offset, line, column: offset - lineStart + 1 }
}
