import type { Dictionary } from '../dictionary/dictionary.ts'
import { isHl7Version } from '../dictionary/version-id.ts'
import type { Issue, Severity } from '../issue.ts'
import type { Message } from '../message.ts'
import type { Profile } from '../profile/profile.ts'
import type { Segment } from '../segment.ts'
import { isSegmentId } from '../segment-line.ts'
import { checkSegment } from './check-segment.ts'
import { checkStructure } from './check-structure.ts'
import { plansFor } from './element-plan.ts'
import { Findings } from './findings.ts'
import type { Run } from './run.ts'
import type { ValidationCheck, ValidationLevel } from './validation-code.ts'
import { VALIDATION_CHECKS } from './validation-code.ts'
import type { ValidationIssue, ValidationResult } from './validation-issue.ts'
import type { ValidationLimits } from './validation-limits.ts'
import { VALIDATION_LIMITS_DEFAULT } from './validation-limits.ts'

export interface ValidationOptions {
  readonly level: ValidationLevel
  /** Only these; all where left out. */
  readonly checks?: readonly ValidationCheck[]
  readonly profile?: Profile
  /** What `parse` found in the same message, to be reported with the rest. */
  readonly parseIssues?: readonly Issue[]
  readonly limits?: Partial<ValidationLimits>
}

const ALL_CHECKS: ReadonlySet<ValidationCheck> = new Set(VALIDATION_CHECKS)

/**
 * Compares a message with its version of the standard, and with a profile where one is given. The dictionary is the one to
 * check against, whatever MSH-12 says: `loadDictionary(message.version)` is the message's own. Never throws for what is in
 * the message, never changes it, and takes time linear in its size.
 */
export function validate(message: Message, dictionary: Dictionary, options: ValidationOptions): ValidationResult {
  const checks = options.checks === undefined ? ALL_CHECKS : new Set(options.checks)
  const limits = { ...VALIDATION_LIMITS_DEFAULT, ...options.limits }
  const segments = message.segments()
  const findings = new Findings(segments, options.level, checks, limits)
  const run: Run = {
    message,
    context: message.context,
    plans: plansFor(dictionary, options.profile),
    findings,
    types: checks.has('types'),
    tables: checks.has('tables'),
    lengths: checks.has('lengths'),
    syntax: checks.has('syntax'),
  }
  for (const issue of options.parseIssues ?? []) addParseIssue(findings, issue)
  checkVersion(run)
  const places = checkStructure(run, segments)
  for (const [index, segment] of segments.entries()) {
    if (findings.full) break
    // The rest of a field that was too long for one message, delimiters and all (HL7 v2.5.1 §2.10.2.2).
    if (segment.id === 'ADD') continue
    findings.segmentIndex = index
    findings.place.field = 0
    const plan = run.plans.segment(segment.id, places[index]?.parent.path ?? '')
    if (plan !== undefined) checkSegment(run, segment, plan)
    else if (!isSegmentId(segment.id)) reportLine(run, segment, index)
  }
  const issues = inOrder(findings.issues)
  return { ok: !findings.hasErrors, issues }
}

/** A line that is no segment is shown by its number: what stands there may be anything. */
function reportLine(run: Run, segment: Segment, index: number): void {
  if (segment.rawAll === '') return
  const text = 'A line does not start with a segment id and a field separator'
  run.findings.report('segment-id-invalid', text, index, undefined)
}

function checkVersion(run: Run): void {
  const { message, findings, plans } = run
  const declared = message.version.trim()
  if (declared === '') return
  if (!isHl7Version(declared)) {
    const text = `MSH-12 names no version of HL7 v2 that is known; read as ${plans.dictionary.version}`
    findings.report('version-unknown', text, 0, 'MSH-12')
  } else if (declared !== plans.dictionary.version) {
    findings.report(
      'version-differs',
      `Compared with version ${plans.dictionary.version}, not with the one in MSH-12`,
      0,
      'MSH-12',
    )
  }
}

/** Codes of the parser that the checks find by themselves. */
const FOUND_AGAIN: ReadonlySet<string> = new Set(['message-type-missing', 'segment-id-invalid', 'control-id-missing'])

/**
 * What the parser found is a deviation in strict, and in lenient something that it has mended already: the message was read.
 */
function addParseIssue(findings: Findings, issue: Issue): void {
  if (FOUND_AGAIN.has(issue.code) || !findings.checks('syntax')) return
  const severity: Severity = findings.level === 'strict' ? 'error' : 'warning'
  const segmentNumber = issue.position?.segmentNumber
  findings.push({
    code: issue.code,
    check: 'syntax',
    severity,
    ...(issue.path === undefined ? undefined : { path: issue.path }),
    ...(segmentNumber === undefined ? undefined : { segmentNumber }),
    text: issue.text,
    condition: issue.code === 'message-repeated' || issue.code.startsWith('segment') ? '100' : '102',
  })
}

/** By segment; what is missing at the message's end comes last, and what is of no segment first. */
function inOrder(issues: readonly ValidationIssue[]): readonly ValidationIssue[] {
  if (issues.length < 2) return issues
  const rank = ({ segmentNumber, code }: ValidationIssue): number =>
    segmentNumber ?? (code === 'issues-too-many' || code.endsWith('-missing') ? Infinity : 0)
  return issues.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
}
