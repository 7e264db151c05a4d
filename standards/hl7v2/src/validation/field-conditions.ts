import { isAtLeast } from '../version.ts'
import type { Condition } from '../profile/condition.ts'
import type { FieldConditionRow } from './field-condition-table.ts'
import { FIELD_CONDITIONS } from './field-condition-table.ts'

/** When the standard requires or forbids a field that it calls conditional. */
export interface FieldCondition {
  readonly field: number
  readonly kind: 'required' | 'forbidden'
  readonly when: Condition
  /** What the standard says, in words that follow the field's name. */
  readonly text: string
  /** Where it says so. */
  readonly source: string
}

/** Conditions of a segment's fields in a version. */
export function conditionsOf(segmentId: string, version: string): readonly FieldCondition[] {
  return FIELD_CONDITIONS.filter(row => row.segment === segmentId && isIn(row, version)).map(row => ({
    field: row.field,
    kind: row.kind,
    when: row.when,
    text: row.text,
    source: row.source,
  }))
}

function isIn({ since }: FieldConditionRow, version: string): boolean {
  if (since === undefined) return true
  const [major, minor] = since.split('.')
  return isAtLeast(version, Number(major), Number(minor))
}
