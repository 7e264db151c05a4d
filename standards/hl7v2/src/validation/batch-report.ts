import type { ErrorCondition } from '../error-condition.ts'
import type { Severity } from '../issue.ts'
import type { ValidationCode, ValidationIssue, ValidationResult } from './validation-issue.ts'

/** Findings of one kind in many messages. */
export interface ReportKind {
  readonly code: ValidationCode
  readonly severity: Severity
  /** Path without occurrences and repetitions: `OBX-5`. Empty for what has none. */
  readonly element: string
  readonly condition: ErrorCondition
  readonly text: string
  readonly count: number
  /** Messages that have it, by the names they were added with: the first few. */
  readonly examples: readonly string[]
}

export interface ReportSummary {
  readonly messages: number
  /** Messages without an error. */
  readonly valid: number
  readonly findings: Readonly<Record<Severity, number>>
  /** The most frequent first, errors before warnings. */
  readonly kinds: readonly ReportKind[]
  /** Findings that are of none of the kinds, as there were too many. */
  readonly unlisted: number
}

export interface ReportLimits {
  /** Most kinds that are told apart. */
  readonly kindsMax: number
  readonly examplesMax: number
}

export const REPORT_LIMITS_DEFAULT: ReportLimits = { kindsMax: 5000, examplesMax: 3 }

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2 }

/** Adds up the results of any number of messages in bounded memory. */
export class BatchReport {
  readonly #limits: ReportLimits
  readonly #kinds = new Map<string, { issue: ValidationIssue; element: string; count: number; examples: string[] }>()
  readonly #findings: Record<Severity, number> = { error: 0, warning: 0, information: 0 }
  #messages = 0
  #valid = 0
  #unlisted = 0

  constructor(limits: Partial<ReportLimits> = {}) {
    this.#limits = { ...REPORT_LIMITS_DEFAULT, ...limits }
  }

  /** Adds a message's result under a name that the reader can find it by: a file and number, a message id; nothing of its content. */
  add(name: string, result: ValidationResult): this {
    this.#messages++
    if (result.ok) this.#valid++
    for (const issue of result.issues) {
      this.#findings[issue.severity]++
      this.#count(name, issue)
    }
    return this
  }

  summary(): ReportSummary {
    const kinds = Array.from(this.#kinds.values(), ({ issue, element, count, examples }): ReportKind => {
      const { code, severity, condition, text } = issue
      return {
        code,
        severity,
        element,
        condition,
        text: text.replaceAll(/\[\d+\]/g, ''),
        count,
        examples: examples.slice(),
      }
    })
    kinds.sort((a, b) => RANKS[a.severity] - RANKS[b.severity] || b.count - a.count)
    return {
      messages: this.#messages,
      valid: this.#valid,
      findings: { ...this.#findings },
      kinds,
      unlisted: this.#unlisted,
    }
  }

  #count(name: string, issue: ValidationIssue): void {
    const element = (issue.path ?? '').replaceAll(/\[\d+\]/g, '')
    const key = `${issue.severity} ${issue.code} ${element} ${issue.profile ?? ''} ${issue.text.replaceAll(/\[\d+\]/g, '')}`
    const known = this.#kinds.get(key)
    if (known !== undefined) {
      known.count++
      if (known.examples.length < this.#limits.examplesMax && known.examples.at(-1) !== name) known.examples.push(name)
    } else if (this.#kinds.size < this.#limits.kindsMax) {
      this.#kinds.set(key, { issue, element, count: 1, examples: [name] })
    } else this.#unlisted++
  }
}

/** A summary as text: totals, then a line for each kind. */
export function formatSummary(summary: ReportSummary): string {
  const { messages, valid, findings, kinds, unlisted } = summary
  const head = `${messages} messages, ${messages - valid} with errors; ${findings.error} errors, ${findings.warning} warnings, ${findings.information} information`
  const lines = kinds.map(({ code, severity, element, condition, text, count, examples }) => {
    return `${String(count).padStart(7)}  ${severity.padEnd(11)}  ${condition}  ${element.padEnd(12)}  ${code}: ${text} [${examples.join(', ')}]`
  })
  if (unlisted > 0) lines.push(`${String(unlisted).padStart(7)}  of further kinds`)
  return [head, ...lines, ''].join('\n')
}
