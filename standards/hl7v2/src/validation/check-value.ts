import type { TablePlan } from './coded-value.ts'
import type { ElementPlan, TypePlan } from './element-plan.ts'
import { escapeFault } from './escape-check.ts'
import type { Run } from './run.ts'

/** What holds for an element with all its parts: its length. */
export function checkWhole(run: Run, plan: ElementPlan, raw: string): void {
  if (!run.lengths || raw.length <= plan.lengthMax) return
  const text = run.context.decodeLeaf(raw)
  if (lengthOf(text) <= plan.lengthMax || isTruncated(run, text)) return
  if (run.plans.lengthsNormative) {
    run.findings.add('value-too-long', `${plan.name} has at most ${plan.lengthMax} characters`)
  } else {
    const text = `${plan.name} has at most ${plan.lengthMax} characters, unless the site agreed on more`
    run.findings.add('length-recommended', text)
  }
}

/** What holds for a value that is not divided further: its format, its table, its characters. */
export function checkPart(run: Run, plan: ElementPlan, type: TypePlan | undefined, raw: string): void {
  if (run.syntax) checkCharacters(run, type, raw)
  if (type?.format !== undefined && run.types) {
    const fault = type.format(run.context.decodeLeaf(raw))
    if (fault !== undefined) run.findings.add('value-type-invalid', `${plan.name} (${type.id}) is ${fault}`)
  }
  if (!run.tables) return
  const table = plan.rule?.table === undefined ? plan.table : run.plans.table(plan.rule.table)
  if (table !== undefined && (type === undefined || type.components.length === 0)) checkCode(run, plan, table, raw)
}

/** Looks a code up in its table. */
export function checkCode(run: Run, plan: ElementPlan, table: TablePlan, raw: string): void {
  const code = run.context.decodeLeaf(raw)
  if (table.has(code)) return
  const { findings, plans } = run
  const hint = table.hasOtherCase(code) ? ', but for upper and lower case' : ''
  if (plan.rule?.table !== undefined) {
    const text = `${plan.name} is not in table ${table.id} ${table.name}${hint}`
    findings.addOfProfile('value-not-allowed', text, plans.profile?.name ?? '')
  } else if (table.kind === 'closed') {
    findings.add('table-value-invalid', `${plan.name} is not in table ${table.id} ${table.name}${hint}`)
  } else {
    const text = `${plan.name} is not among the known codes of table ${table.id} ${table.name}${hint}`
    findings.add('table-value-local', text)
  }
}

/** A text cut off by its sender ends with the truncation character of MSH-2, and is as long as it may be (HL7 v2.7 §2.5.5.2). */
function isTruncated(run: Run, text: string): boolean {
  const mark = run.context.delimiters.truncation
  return mark !== undefined && text.endsWith(mark)
}

function checkCharacters(run: Run, type: TypePlan | undefined, raw: string): void {
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code < 0x20 && code !== 0x09) {
      run.findings.add('control-character', 'A control character stands in the text and should be escaped (\\Xhh\\)')
      break
    }
  }
  if (!run.context.escapes) return
  const fault = escapeFault(raw, run.context.delimiters.escape, type?.id)
  if (fault !== undefined) run.findings.add('escape-invalid', fault)
}

/** Characters as people count them: a pair of surrogates is one. */
function lengthOf(text: string): number {
  let pairs = 0
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) pairs++
  return text.length - pairs
}
