import { holds } from '../profile/condition.ts'
import type { Segment } from '../segment.ts'
import type { ElementPlan, SegmentPlan, TypePlan } from './element-plan.ts'
import { checkRule } from './check-rule.ts'
import { checkCode, checkPart, checkWhole } from './check-value.ts'
import type { Run } from './run.ts'
import { NULL_VALUE } from './run.ts'

/** What goes on in as many fields as a query needs (HL7 v2.5.1 §5.5.4, §5.5.8). */
const OPEN_ENDED: ReadonlySet<string> = new Set(['QPD', 'RDT'])

/** Compares the fields of a segment with what the dictionary and the profile say of them. The findings' index is set. */
export function checkSegment(run: Run, segment: Segment, plan: SegmentPlan): void {
  const { findings, context } = run
  const fields = segment.rawAll.split(context.delimiters.field)
  // MSH-1 is the separator, so that fields of a header stand one place further left; the first two are the delimiters.
  const header = segment.isDelimiterField(1)
  const shift = header ? 1 : 0
  const { place } = findings
  const last = Math.max(plan.fields.length, fields.length - 1 + shift)
  for (let number = header ? 3 : 1; number <= last; number++) {
    if (findings.full) return
    place.field = number
    place.repetition = 0
    place.component = 0
    place.subcomponent = 0
    const raw = fields[number - shift] ?? ''
    const field = plan.fields[number - 1]
    if (field === undefined) {
      if (raw !== '' && !OPEN_ENDED.has(plan.id))
        findings.add('field-unknown', `${plan.id} ends with field ${plan.fields.length} in this version`)
    } else checkField(run, segment, field, raw)
  }
  checkConditions(run, segment, plan, fields, shift)
}

function checkField(run: Run, segment: Segment, plan: ElementPlan, raw: string): void {
  const { findings } = run
  if (raw === '' || raw === NULL_VALUE) {
    if (plan.required) {
      if (raw === '') findings.add('field-missing', `${plan.name} is required`)
      else findings.add('field-null', `${plan.name} is required, and its deletion is asked for`)
    }
    if (plan.rule !== undefined) checkRule(run, segment, plan, raw)
    return
  }
  if (plan.withdrawn) findings.add('field-withdrawn', `${plan.name} is withdrawn or not supported in this version`)
  else if (plan.deprecated) findings.add('field-deprecated', `${plan.name} is kept for older systems only`)
  if (plan.rule !== undefined) checkRule(run, segment, plan, raw)
  const type = plan.varies ? variableType(run, segment, plan) : plan.type
  const mark = run.context.delimiters.repetition
  if (mark === undefined || !raw.includes(mark)) {
    checkRepetition(run, segment, plan, type, raw)
    return
  }
  const repetitions = raw.split(mark)
  const { rule, repetitionsMax } = plan
  if (repetitions.length > repetitionsMax) {
    const times = repetitionsMax === 1 ? 'does not repeat' : `repeats at most ${repetitionsMax} times`
    findings.add('repetitions-too-many', `${plan.name} ${times}`)
  }
  if (rule?.max !== undefined && repetitions.length > rule.max && rule.max < repetitionsMax) {
    findings.addOfProfile('repetitions-too-many', `The profile has at most ${rule.max}`, run.plans.profile?.name ?? '')
  }
  for (const [index, repetition] of repetitions.entries()) {
    if (findings.full) return
    if (repetition === '') continue
    findings.place.repetition = index + 1
    checkRepetition(run, segment, plan, type, repetition)
    findings.place.component = 0
    findings.place.subcomponent = 0
  }
}

/** Type of a field whose type another one names: OBX-5 by OBX-2 (HL7 v2.5.1 §7.4.2.5), MFE-4 by MFE-5 (§8.5.2.4). */
function variableType(run: Run, segment: Segment, plan: ElementPlan): TypePlan | undefined {
  let id: string | undefined
  if (segment.id === 'OBX' && plan.number === 5) id = segment.text('2')
  else if (segment.id === 'MFE' && plan.number === 4) id = segment.text('5')
  else if (segment.id === 'MFA' && plan.number === 5) id = segment.text('6')
  const type = id === undefined || id === '' ? undefined : run.plans.type(id)
  // What the profile says of the components holds whatever their type.
  return plan.type === undefined ? type : plan.type
}

function checkRepetition(run: Run, segment: Segment, plan: ElementPlan, type: TypePlan | undefined, raw: string): void {
  checkWhole(run, plan, raw)
  if (type === undefined) {
    checkPart(run, plan, undefined, raw)
    return
  }
  const mark = run.context.delimiters.component
  if (type.components.length === 0) checkSimple(run, plan, type, raw, mark, 'component')
  else checkComposite(run, segment, plan, type, raw, mark, 'component')
}

/** A value of a primitive type: what stands behind a delimiter in it does not belong there. */
function checkSimple(
  run: Run,
  plan: ElementPlan,
  type: TypePlan,
  raw: string,
  mark: string | undefined,
  depth: 'component' | 'subcomponent',
): void {
  const { findings, context } = run
  const inner = depth === 'component' ? context.delimiters.subcomponent : undefined
  let value = raw
  if (mark !== undefined && raw.includes(mark)) {
    value = raw.slice(0, raw.indexOf(mark))
    if (!isBlank(raw.slice(value.length), mark)) reportDivided(run, plan, type, depth)
  } else if (inner !== undefined && raw.includes(inner)) {
    value = raw.slice(0, raw.indexOf(inner))
    if (!isBlank(raw.slice(value.length), inner)) reportDivided(run, plan, type, 'subcomponent')
  }
  if (value !== '' && value !== NULL_VALUE && !findings.full) checkPart(run, plan, type, value)
}

function reportDivided(run: Run, plan: ElementPlan, type: TypePlan, depth: 'component' | 'subcomponent'): void {
  const code = depth === 'component' ? 'component-unknown' : 'subcomponent-unknown'
  run.findings.add(code, `${plan.name} is ${type.id}, which has no ${depth}s; a delimiter in a text must be escaped`)
}

function checkComposite(
  run: Run,
  segment: Segment,
  owner: ElementPlan,
  type: TypePlan,
  raw: string,
  mark: string | undefined,
  depth: 'component' | 'subcomponent',
): void {
  const { findings } = run
  const { place } = findings
  const parts = mark === undefined ? [raw] : raw.split(mark)
  const count = Math.max(parts.length, type.components.length)
  for (let index = 0; index < count; index++) {
    const part = parts[index] ?? ''
    const plan = type.components[index]
    if (part === '' && (plan === undefined || (!plan.required && plan.rule === undefined))) continue
    place[depth] = index + 1
    if (plan === undefined) {
      const code = depth === 'component' ? 'component-unknown' : 'subcomponent-unknown'
      // A profile describes the components that it cares for, of a type that the dictionary does not know.
      if (type.id !== '') findings.add(code, `${type.id} has ${type.components.length} ${depth}s in this version`)
      break
    }
    checkElement(run, segment, plan, part, depth)
    if (findings.full) return
  }
  place[depth] = 0
  checkAcross(run, owner, type, parts, depth)
}

function checkElement(
  run: Run,
  segment: Segment,
  plan: ElementPlan,
  raw: string,
  depth: 'component' | 'subcomponent',
): void {
  const { findings } = run
  if (raw === '' || raw === NULL_VALUE) {
    if (plan.required && raw === '') findings.add('component-missing', `${plan.name} is required`)
    if (plan.rule !== undefined) checkRule(run, segment, plan, raw)
    return
  }
  if (plan.withdrawn) findings.add('component-withdrawn', `${plan.name} is withdrawn in this version`)
  else if (plan.deprecated) findings.add('field-deprecated', `${plan.name} is kept for older systems only`)
  if (plan.rule !== undefined) checkRule(run, segment, plan, raw)
  checkWhole(run, plan, raw)
  const { type } = plan
  if (type === undefined) {
    checkPart(run, plan, undefined, raw)
    return
  }
  const mark = depth === 'component' ? run.context.delimiters.subcomponent : undefined
  if (type.components.length === 0) checkSimple(run, plan, type, raw, mark, 'subcomponent')
  else if (depth === 'component') {
    checkComposite(run, segment, plan, type, raw, mark, 'subcomponent')
    findings.place.subcomponent = 0
  }
  // The encoding ends with subcomponents: of a composite type below them only the first part can be written.
  else checkFirst(run, plan, type, raw)
}

function checkFirst(run: Run, plan: ElementPlan, type: TypePlan, raw: string): void {
  const first = type.components[0]
  if (first?.type !== undefined && first.type.components.length === 0) checkPart(run, first, first.type, raw)
  else checkPart(run, plan, undefined, raw)
}

/** Rules between the components, and the table that is bound to a coded value as a whole. */
function checkAcross(
  run: Run,
  owner: ElementPlan,
  type: TypePlan,
  parts: readonly string[],
  depth: 'component' | 'subcomponent',
): void {
  const { findings } = run
  const { place } = findings
  const fault = run.types ? type.rule?.(parts) : undefined
  if (fault !== undefined) {
    place[depth] = fault.component
    findings.add('component-rule', `${type.id}: ${fault.text}`)
    place[depth] = 0
  }
  const { coded } = type
  const table = owner.rule?.table === undefined ? owner.table : run.plans.table(owner.rule.table)
  if (!run.tables || coded === undefined || table === undefined) return
  const code = parts[coded.code] ?? ''
  if (code === '' || code === NULL_VALUE) return
  const system = coded.system < 0 ? '' : (parts[coded.system] ?? '')
  // A code of another system is an exception that the type allows.
  if (system !== '' && system !== `HL7${table.id}`) return
  place[depth] = coded.code + 1
  checkCode(run, owner, table, code)
  place[depth] = 0
}

function checkConditions(
  run: Run,
  segment: Segment,
  plan: SegmentPlan,
  fields: readonly string[],
  shift: number,
): void {
  if (plan.conditions.length === 0 || !run.findings.checks('conditions')) return
  for (const { field, kind, when, text, source } of plan.conditions) {
    const definition = plan.fields[field - 1]
    if (definition === undefined || definition.withdrawn) continue
    const raw = fields[field - shift] ?? ''
    if ((raw === '') !== (kind === 'required') || raw === NULL_VALUE) continue
    if (!holds(when, segment, run.message)) continue
    const code = kind === 'required' ? 'condition-missing' : 'condition-forbidden'
    run.findings.add(code, `${definition.name} ${text} (${source})`, field)
  }
}

function isBlank(rest: string, mark: string): boolean {
  for (const character of rest) if (character !== mark) return false
  return true
}
