import type { Condition } from '../profile/condition.ts'

/** A condition with the first version that has it; none: all that have the field. */
export interface FieldConditionRow {
  readonly segment: string
  readonly field: number
  readonly kind: 'required' | 'forbidden'
  readonly when: Condition
  readonly text: string
  readonly source: string
  readonly since?: string
}

type Source = Pick<FieldConditionRow, 'source' | 'since'>

const valued = (path: string): Condition => ({ path, valued: true })
const empty = (path: string): Condition => ({ path, valued: false })
const isOneOf = (path: string, ...texts: readonly string[]): Condition => ({ path, in: texts })
const event = (...events: readonly string[]): Condition => ({ path: 'MSH-9.2', in: events })

function required(segment: string, field: number, when: Condition, text: string, source: Source): FieldConditionRow {
  return { segment, field, kind: 'required', when, text: `is required ${text}`, ...source }
}

function forbidden(segment: string, field: number, when: Condition, text: string, source: Source): FieldConditionRow {
  return { segment, field, kind: 'forbidden', when, text: `may not be sent ${text}`, ...source }
}

/** At least one of the fields has a value; reported at the first. */
function oneOf(segment: string, fields: readonly number[], source: Source): FieldConditionRow {
  const [first = 0, ...others] = fields
  const names = others.map(field => `${segment}-${field}`).join(', ')
  return required(segment, first, { all: others.map(field => empty(String(field))) }, `where ${names} is empty`, source)
}

/** A start by offset needs its units (AIS, AIG, AIL, AIP). */
function offsetUnits(segment: string, offset: number, units: number): FieldConditionRow {
  return required(segment, units, valued(String(offset)), `where ${segment}-${offset} has a value`, {
    source: `HL7 v2.9 §10.6, ${segment}-${units}`,
  })
}

/**
 * Conditional fields whose condition one message can show, reviewed by hand. The dictionaries say at most "C"; the conditions are in the
 * standard's text. Left out are those that depend on what only the sender knows (units that a code does not imply, "when known").
 */
export const FIELD_CONDITIONS: readonly FieldConditionRow[] = [
  required('MSH', 15, valued('16'), 'with MSH-16: both or none', { source: 'HL7 v2.9 §2.14.9, MSH-15', since: '2.9' }),
  required('MSH', 16, valued('15'), 'with MSH-15: both or none', { source: 'HL7 v2.9 §2.14.9, MSH-16', since: '2.9' }),
  required('MSH', 26, { any: [valued('27'), valued('28')] }, 'with MSH-27 or MSH-28', {
    source: 'HL7 v2.9 §2.14.9, MSH-26',
    since: '2.9',
  }),

  required('OBX', 2, valued('5'), 'where OBX-5 has a value', { source: 'HL7 v2.5.1 §7.4.2.2; v2.9 OBX-2' }),
  forbidden('OBX', 32, valued('5'), 'where OBX-5 has a value', { source: 'HL7 v2.9 §7.4.2, OBX-32', since: '2.9' }),
  forbidden('OBX', 12, empty('7'), 'without OBX-7', { source: 'HL7 v2.9 §7.4.2, OBX-12', since: '2.9' }),

  forbidden('ORC', 25, empty('5'), 'without ORC-5', { source: 'HL7 v2.5.1 §4.5.1.25; v2.9 ORC-25' }),
  required('ORC', 26, isOneOf('20.1', '3', '4'), 'where ORC-20 says that the notice was not signed', {
    source: 'HL7 v2.9 §4.5.1, ORC-26',
    since: '2.6',
  }),
  oneOf('TQ2', [3, 4, 5], { source: 'HL7 v2.5.1 §4.5.5; v2.9 TQ2-3' }),
  oneOf('TQ2', [6, 10], { source: 'HL7 v2.5.1 §4.5.5.6; v2.9 TQ2-6' }),
  forbidden('TQ2', 7, { path: '2', notIn: ['C'] }, 'unless TQ2-2 is C', { source: 'HL7 v2.5.1 §4.5.5.7; v2.9 TQ2-7' }),
  oneOf('RQ1', [2, 4], { source: 'HL7 v2.5.1 §4.11.2; v2.9 RQ1-2' }),
  required('RQ1', 3, valued('2'), 'with RQ1-2', { source: 'HL7 v2.5.1 §4.11.2; v2.9 RQ1-3' }),
  required('RQ1', 5, valued('4'), 'with RQ1-4', { source: 'HL7 v2.5.1 §4.11.2; v2.9 RQ1-5' }),
  oneOf('RQD', [2, 3, 4], { source: 'HL7 v2.5.1 §4.11.1; v2.9 RQD-2' }),

  ...[1, 2, 4].map(field =>
    required('RXO', field, empty('6'), 'unless the order is free text in RXO-6', {
      source: `HL7 v2.5.1 §4.14.1; v2.9 RXO-${field}`,
    }),
  ),
  forbidden('RXR', 6, empty('2'), 'without RXR-2', { source: 'HL7 v2.9 §4A.4.2, RXR-6' }),

  required('PID', 36, valued('37'), 'where PID-37 has a value', { source: 'HL7 v2.5.1 §3.4.2.36; v2.9 PID-36' }),
  required('PV2', 1, event('A26'), 'in the cancellation of a pending transfer (A26)', {
    source: 'HL7 v2.9 §3.4.4, PV2-1',
  }),
  required('PV2', 45, valued('50'), 'where PV2-50 has a value', { source: 'HL7 v2.9 §3.4.4, PV2-45', since: '2.8' }),
  required('PD1', 15, valued('22'), 'where PD1-22 has a value', { source: 'HL7 v2.9 §3.4.11, PD1-15', since: '2.8' }),

  ...[20, 21].map(field =>
    required('DG1', field, event('P12'), 'in an update of diagnoses and procedures (P12)', {
      source: `HL7 v2.5.1 §6.5.2.${field}; v2.9 DG1-${field}`,
    }),
  ),
  ...[19, 20].map(field =>
    required('PR1', field, event('P12'), 'in an update of diagnoses and procedures (P12)', {
      source: `HL7 v2.5.1 §6.5.4.${field}; v2.9 PR1-${field}`,
    }),
  ),
  required('IN3', 29, valued('28'), 'where IN3-28 has a value', { source: 'HL7 v2.9 §6.5.8, IN3-29', since: '2.9' }),
  required('IN3', 31, valued('28'), 'where IN3-28 has a value', { source: 'HL7 v2.9 §6.5.8, IN3-31', since: '2.9' }),

  oneOf('SCH', [1, 2], { source: 'HL7 v2.5.1 §10.6.2.1; v2.9 SCH-1' }),
  offsetUnits('AIS', 5, 6),
  offsetUnits('AIG', 9, 10),
  offsetUnits('AIL', 7, 8),
  offsetUnits('AIP', 7, 8),

  required('TXA', 13, event('T05', 'T06', 'T09', 'T10'), 'in an addendum or a replacement (T05, T06, T09, T10)', {
    source: 'HL7 v2.5.1 §9.6.1.13; v2.9 TXA-13',
  }),
  required('SPM', 13, isOneOf('11.1', 'G'), 'for a group of specimens (SPM-11 is G)', {
    source: 'HL7 v2.5.1 §7.4.3.13; v2.9 SPM-11',
  }),
  required('SPM', 3, valued('29'), 'where SPM-29 has a value', { source: 'HL7 v2.9 §7.4.3, SPM-29' }),
  oneOf('PRT', [5, 8, 9, 10, 22], { source: 'HL7 v2.9 §7.4.4, PRT-5', since: '2.8' }),
  forbidden('PRT', 6, empty('5'), 'without PRT-5', { source: 'HL7 v2.9 §7.4.4, PRT-6' }),
  forbidden('PRT', 7, empty('5'), 'without PRT-5', { source: 'HL7 v2.9 §7.4.4, PRT-7' }),
  oneOf('DEV', [2, 3], { source: 'HL7 v2.9 §17, DEV-2' }),
  required('CTI', 2, valued('3'), 'where CTI-3 has a value', { source: 'HL7 v2.9 §7.8, CTI-3' }),
  required('CON', 20, isOneOf('11.1', 'B'), 'where the consent was bypassed (CON-11 is B)', {
    source: 'HL7 v2.9 §9, CON-20',
  }),
  required('MCP', 5, valued('3'), 'where MCP-3 has a value', { source: 'HL7 v2.9 §8, MCP-5' }),
  required('OMC', 2, valued('3'), 'with OMC-3', { source: 'HL7 v2.9 §8, OMC-2' }),
  required('OMC', 3, valued('2'), 'with OMC-2', { source: 'HL7 v2.9 §8, OMC-3' }),
]
