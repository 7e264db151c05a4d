import { holds } from '../profile/condition.ts'
import type { ElementRule, Usage } from '../profile/profile.ts'
import type { Segment } from '../segment.ts'
import type { ElementPlan } from './element-plan.ts'
import type { Run } from './run.ts'
import { NULL_VALUE } from './run.ts'

/** Compares an element with its profile's rule: whether it is there, how often, and what it says. `raw` is a field with all repetitions. */
export function checkRule(run: Run, segment: Segment, plan: ElementPlan, raw: string): void {
  const { rule } = plan
  const name = run.plans.profile?.name
  if (rule === undefined || name === undefined || !run.findings.checks('profile')) return
  const usage = usageOf(rule, segment, run)
  const what = plan.name === '' ? 'The element' : plan.name
  const note = rule.note === undefined ? '' : `: ${rule.note}`
  if (raw === '' || raw === NULL_VALUE) {
    if (usage !== 'R') return
    const code = run.findings.place.component > 0 ? 'component-missing' : 'field-missing'
    run.findings.addOfProfile(code, `The profile requires ${what}${note}`, name)
    return
  }
  if (usage === 'X') {
    run.findings.addOfProfile('element-not-supported', `The profile does not use ${what}${note}`, name)
    return
  }
  // A field's rule is for each of its repetitions; that of a component comes with the repetition that it is in.
  if (run.findings.place.component > 0) checkText(run, rule, raw, what, note, name)
  else checkRepetitions(run, rule, raw, what, note, name)
}

function checkRepetitions(run: Run, rule: ElementRule, field: string, what: string, note: string, name: string): void {
  const { findings } = run
  const mark = run.context.delimiters.repetition
  const repetitions = mark === undefined ? [field] : field.split(mark)
  if (rule.min !== undefined && repetitions.filter(repetition => repetition !== '').length < rule.min) {
    findings.addOfProfile('repetitions-too-few', `The profile has ${what} at least ${rule.min} times${note}`, name)
  }
  for (const [index, repetition] of repetitions.entries()) {
    if (findings.full) break
    if (repetition === '') continue
    findings.place.repetition = repetitions.length > 1 ? index + 1 : 0
    checkText(run, rule, repetition, what, note, name)
  }
  findings.place.repetition = 0
}

function nth(raw: string, mark: string | undefined, n: number): string {
  return (mark === undefined ? [raw] : raw.split(mark))[n - 1] ?? ''
}

function checkText(run: Run, rule: ElementRule, raw: string, what: string, note: string, name: string): void {
  const { findings, context } = run
  const whole = context.decodeLeaf(raw)
  if (rule.lengthMax !== undefined && whole.length > rule.lengthMax) {
    findings.addOfProfile(
      'value-too-long',
      `The profile has ${what} with at most ${rule.lengthMax} characters${note}`,
      name,
    )
  }
  if (rule.lengthMin !== undefined && whole.length < rule.lengthMin) {
    findings.addOfProfile(
      'value-too-short',
      `The profile has ${what} with at least ${rule.lengthMin} characters${note}`,
      name,
    )
  }
  if (rule.values === undefined && rule.pattern === undefined) return
  const { component, subcomponent } = context.delimiters
  const first = nth(nth(raw, component, 1), subcomponent, 1)
  const text = context.decodeLeaf(first)
  if (rule.values !== undefined && !rule.values.includes(text)) {
    findings.addOfProfile('value-not-allowed', `The profile has other values for ${what}${note}`, name)
  }
  if (rule.pattern !== undefined && !rule.pattern.test(text)) {
    findings.addOfProfile('pattern-mismatch', `${what} does not look as the profile wants it${note}`, name)
  }
}

function usageOf({ usage, min }: ElementRule, segment: Segment, run: Run): Usage | undefined {
  if (usage === undefined) return (min ?? 0) > 0 ? 'R' : undefined
  if (typeof usage === 'string') return usage
  return holds(usage.when, segment, run.message) ? usage.use : (usage.otherwise ?? 'O')
}
