import type { Segment } from '../segment.ts'
import type { Severity } from '../issue.ts'
import { isSegmentId } from '../segment-line.ts'
import type { ValidationCheck, ValidationLevel, ValidationRuleCode } from './validation-code.ts'
import { VALIDATION_RULES } from './validation-code.ts'
import type { ValidationIssue } from './validation-issue.ts'
import type { ValidationLimits } from './validation-limits.ts'

/** A place in a segment; 0 means "not this deep". */
export interface Place {
  field: number
  /** 0 where the field does not repeat in the message. */
  repetition: number
  component: number
  subcomponent: number
}

/** Collects what is found at one level, and makes the paths of those few places where something is. */
export class Findings {
  readonly issues: ValidationIssue[] = []
  /** Written by the walk as it goes, read when something is found: a path per element would cost more than the checks. */
  readonly place: Place = { field: 0, repetition: 0, component: 0, subcomponent: 0 }
  segmentIndex = 0
  hasErrors = false
  readonly level: ValidationLevel
  readonly #segments: readonly Segment[]
  readonly #checks: ReadonlySet<ValidationCheck>
  readonly #limits: ValidationLimits
  #names: readonly string[] | undefined

  constructor(
    segments: readonly Segment[],
    level: ValidationLevel,
    checks: ReadonlySet<ValidationCheck>,
    limits: ValidationLimits,
  ) {
    this.#segments = segments
    this.level = level
    this.#checks = checks
    this.#limits = limits
  }

  get full(): boolean {
    return this.issues.length > this.#limits.issuesMax
  }

  checks(check: ValidationCheck): boolean {
    return this.#checks.has(check)
  }

  /** Whether a finding of this code would be reported. */
  wants(code: ValidationRuleCode): boolean {
    const rule = VALIDATION_RULES[code]
    return rule[this.level] !== undefined && this.#checks.has(rule.check)
  }

  /** Reports something at the place that the walk has reached, or at a field of its segment. */
  add(code: ValidationRuleCode, text: string, field?: number): void {
    if (!this.wants(code)) return
    const { place } = this
    const name = this.segmentName(this.segmentIndex)
    if (field !== undefined) this.report(code, text, this.segmentIndex, name === undefined ? name : `${name}-${field}`)
    else this.report(code, text, this.segmentIndex, name === undefined ? name : name + pathOf(place))
  }

  /** The same for a rule of a profile: an error, whatever the level. */
  addOfProfile(code: ValidationRuleCode, text: string, profile: string, field?: number): void {
    if (!this.#checks.has('profile')) return
    const name = this.segmentName(this.segmentIndex)
    const below = field === undefined ? pathOf(this.place) : `-${field}`
    this.report(code, text, this.segmentIndex, name === undefined ? name : name + below, profile)
  }

  /** Reports something at a path of its own; without an index it is at the message's end. */
  report(
    code: ValidationRuleCode,
    text: string,
    segmentIndex: number | undefined,
    path: string | undefined,
    profile?: string,
  ): void {
    const rule = VALIDATION_RULES[code]
    const check = profile === undefined ? rule.check : 'profile'
    const severity = profile === undefined ? rule[this.level] : 'error'
    if (severity === undefined || !this.#checks.has(check) || this.full) return
    this.push({
      code,
      check,
      severity,
      ...(path === undefined ? undefined : { path }),
      ...(segmentIndex === undefined ? undefined : { segmentNumber: segmentIndex + 1 }),
      text,
      condition: rule.condition,
      ...(profile === undefined ? undefined : { profile }),
    })
  }

  push(issue: ValidationIssue): void {
    if (this.full) return
    if (this.issues.length === this.#limits.issuesMax) {
      const severity: Severity = this.level === 'strict' ? 'error' : 'warning'
      const text = `More than ${this.#limits.issuesMax} findings: the rest of the message was not checked`
      this.hasErrors ||= severity === 'error'
      this.issues.push({ code: 'issues-too-many', check: 'syntax', severity, text, condition: '207' })
      return
    }
    if (issue.severity === 'error') this.hasErrors = true
    this.issues.push(issue)
  }

  /** `PID`, or `OBX[3]` where there are more of them; undefined for a line that has no segment id. */
  segmentName(index: number): string | undefined {
    this.#names ??= namesOf(this.#segments)
    return this.#names[index] || undefined
  }
}

function pathOf({ field, repetition, component, subcomponent }: Place): string {
  if (field === 0) return ''
  let path = `-${field}`
  if (repetition > 0) path += `[${repetition}]`
  if (component > 0) path += `.${component}`
  return subcomponent > 0 ? `${path}.${subcomponent}` : path
}

function namesOf(segments: readonly Segment[]): string[] {
  const totals = new Map<string, number>()
  for (const { id } of segments) totals.set(id, (totals.get(id) ?? 0) + 1)
  const seen = new Map<string, number>()
  return segments.map(({ id }) => {
    const occurrence = (seen.get(id) ?? 0) + 1
    seen.set(id, occurrence)
    if (!isSegmentId(id)) return ''
    return totals.get(id) === 1 ? id : `${id}[${occurrence}]`
  })
}
