import { setDecimal } from '@samband/fhir'
import type { DiagnosticReport, Observation, ObservationReferenceRange, Quantity } from '@samband/fhir/types'
import type { Message, Segment } from '@samband/hl7v2'
import { encounterId } from './encounter.ts'
import { patientId } from './patient.ts'
import { concept, dateTime, filled, idOf, systems } from './values.ts'

type Identified<T> = T & { readonly id: string }

/** HL7 table 0123 and 0085 as FHIR's status of reports and observations. */
const statuses: Readonly<Record<string, 'final' | 'preliminary' | 'corrected' | 'cancelled'>> = {
  F: 'final',
  P: 'preliminary',
  C: 'corrected',
  X: 'cancelled',
}
const categories: Readonly<Record<string, { readonly report: string; readonly observation: string }>> = {
  LAB: { report: 'LAB', observation: 'laboratory' },
}
const imaging = { report: 'RAD', observation: 'imaging' }
const interpretationSystem = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'

/** What one OBR and the segments below it say. */
type Group = { readonly obr: Segment; readonly obx: readonly Segment[]; readonly notes: readonly string[] }

/** Each OBR of a report in the common dialect becomes a DiagnosticReport, and each measured OBX an Observation. */
export function reportsOf(report: Message): readonly (Identified<DiagnosticReport> | Identified<Observation>)[] {
  return groupsOf(report).flatMap(group => {
    const context = contextOf(report, group.obr)
    const texts = group.obx.filter(obx => obx.text('2') === 'TX').map(obx => obx.text('5') ?? '')
    const observations = group.obx.filter(obx => obx.text('2') !== 'TX').map(obx => observationOf(obx, context))
    return [...observations, diagnosticReportOf(group, context, observations, [...texts, ...group.notes])]
  })
}

type Context = ReturnType<typeof contextOf>

function contextOf(report: Message, obr: Segment) {
  const visit = filled(report.text('PV1-19.1'))
  const at = dateTime(obr.text('7'))
  return {
    // The filler's number: the same examination has it in each of its reports.
    order: obr.text('3.1') ?? '',
    category: categories[obr.text('24') ?? ''] ?? imaging,
    about: {
      subject: { reference: `Patient/${patientId(report.text('PID-3.1') ?? '')}` },
      ...(visit === undefined ? {} : { encounter: { reference: `Encounter/${encounterId(visit)}` } }),
      ...(at === undefined ? {} : { effectiveDateTime: at }),
    },
  } as const
}

function diagnosticReportOf(
  { obr }: Group,
  { order, category, about }: Context,
  observations: readonly Identified<Observation>[],
  lines: readonly string[],
): Identified<DiagnosticReport> {
  const issued = dateTime(obr.text('22'))
  const conclusion = filled(lines.join('\n'))
  return {
    resourceType: 'DiagnosticReport',
    id: idOf('report', order),
    identifier: [{ system: systems.order, value: order }],
    status: statuses[obr.text('25') ?? ''] ?? 'unknown',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: category.report }] }],
    code: concept(obr, '4'),
    ...about,
    ...(issued === undefined ? {} : { issued }),
    ...(observations.length === 0
      ? {}
      : { result: observations.map(({ id }) => ({ reference: `Observation/${id}` })) }),
    ...(conclusion === undefined ? {} : { conclusion }),
  }
}

function observationOf(obx: Segment, { order, category, about }: Context): Identified<Observation> {
  const flag = filled(obx.text('8'))
  const range = rangeOf(obx)
  return {
    resourceType: 'Observation',
    id: idOf(category.observation, order, obx.text('3.1') ?? ''),
    status: statuses[obx.text('11') ?? ''] ?? 'unknown',
    category: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category.observation }],
      },
    ],
    code: concept(obx, '3'),
    ...about,
    ...valueOf(obx),
    ...(flag === undefined ? {} : { interpretation: [{ coding: [{ system: interpretationSystem, code: flag }] }] }),
    ...(range === undefined ? {} : { referenceRange: [range] }),
  }
}

const decimal = /^-?\d+(?:\.\d+)?$/
const comparators: ReadonlySet<string> = new Set(['<', '<=', '>=', '>'])

/** NM and SN with a number are quantities, with all the digits that were reported; anything else stays a text. */
function valueOf(obx: Segment): Pick<Observation, 'valueQuantity' | 'valueString'> {
  const [comparator, number] = obx.text('2') === 'SN' ? [obx.text('5.1'), obx.text('5.2')] : [undefined, obx.text('5')]
  if (number === undefined || !decimal.test(number)) return textOf(obx)
  const quantity = quantityOf(number, filled(obx.text('6.1')))
  // One of the four that were asked for.
  if (comparator !== undefined && comparators.has(comparator)) quantity.comparator = comparator as '<'
  return { valueQuantity: quantity }
}

function textOf(obx: Segment): Pick<Observation, 'valueString'> {
  const text = filled(obx.text('5'))
  return text === undefined ? {} : { valueString: text }
}

function quantityOf(number: string, unit: string | undefined): Quantity {
  const quantity: Quantity = unit === undefined ? {} : { unit, system: systems.ucum, code: unit }
  setDecimal(quantity, 'value', number)
  return quantity
}

function rangeOf(obx: Segment): ObservationReferenceRange | undefined {
  const text = filled(obx.text('7'))
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?)?-(\d+(?:\.\d+)?)$/.exec(text)
  if (match === null) return { text }
  const [, low, high = ''] = match
  const unit = filled(obx.text('6.1'))
  return { ...(low === undefined ? {} : { low: quantityOf(low, unit) }), high: quantityOf(high, unit), text }
}

function groupsOf(report: Message): readonly Group[] {
  const groups: { obr: Segment; obx: Segment[]; notes: string[] }[] = []
  for (const segment of report.segments()) {
    if (segment.id === 'OBR') groups.push({ obr: segment, obx: [], notes: [] })
    else if (segment.id === 'OBX') groups.at(-1)?.obx.push(segment)
    else if (segment.id === 'NTE') groups.at(-1)?.notes.push(segment.text('3') ?? '')
  }
  return groups
}
