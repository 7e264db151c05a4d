import type { Severity } from '../issue.ts'
import type { ValidationIssue, ValidationResult } from './validation-issue.ts'

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information']

/**
 * The findings as text, a line each: severity, path, HL7 error code, what is wrong. Ends with a line that counts them.
 *
 *     error        PID-3           101  Patient Identifier List is required
 *     warning      OBX[2]-8        104  Abnormal Flags has at most 5 characters, unless the site agreed on more
 *     1 error, 1 warning
 */
export function formatResult(result: ValidationResult): string {
  const paths = result.issues.map(placeOf)
  const width = Math.min(24, Math.max(4, ...paths.map(path => path.length)))
  const lines = result.issues.map(({ severity, condition, text, profile }, index) => {
    const source = profile === undefined ? '' : ` (profile ${profile})`
    return `${severity.padEnd(12)} ${(paths[index] ?? '').padEnd(width)}  ${condition}  ${text}${source}`
  })
  return [...lines, formatCounts(result.issues), ''].join('\n')
}

/** `2 errors, 1 warning`, or `no findings`. */
export function formatCounts(issues: readonly { readonly severity: Severity }[]): string {
  const parts = SEVERITIES.flatMap(severity => {
    const count = issues.filter(issue => issue.severity === severity).length
    return count === 0 ? [] : [countText(count, severity)]
  })
  return parts.length === 0 ? 'no findings' : parts.join(', ')
}

function countText(count: number, severity: Severity): string {
  return severity === 'information' || count === 1 ? `${count} ${severity}` : `${count} ${severity}s`
}

function placeOf({ path, segmentNumber }: ValidationIssue): string {
  return path ?? (segmentNumber === undefined ? '' : `line ${segmentNumber}`)
}
