import { buildMessage, formatTimestamp, type Message } from '@samband/hl7v2'
import { createRandom } from '../../random.ts'
import { type Measured, measure, newAnalysis, profiles } from './analyses.ts'

export type LabOrder = {
  readonly placer: string
  /** The laboratory's own number. */
  readonly sample: string
  readonly profile: string
  /** What is in the sample: the same order of the same story always gives the same values. */
  readonly content: string
  /** Reports an analysis besides that the laboratory has told nobody about. */
  readonly withNewAnalysis: boolean
}

export type Requisition = {
  readonly mrn: string
  /** PID-5 and PV1-19 as the LIS was told them. */
  readonly family: string
  readonly given: string
  readonly visit: string
  readonly orders: readonly LabOrder[]
}

export type ReportEnvelope = { readonly controlId: string; readonly at: Date; readonly final: boolean }

const remarks: readonly [string, ...string[]] = [
  'Prøven er svakt hemolysert, kalium kan være falskt forhøyet.',
  'Lite prøvemateriale: analysert én gang.',
  'Resultatet er ringt til avdelingen, lest tilbake og bekreftet.',
  'Ønsker ny prøve ved kontroll; blodprøve tatt fra arm med drypp?',
]

/**
 * The laboratory's ORU^R01: version 2.4, ISO 8859-1, own codes and units, family names in capitals, times without zone.
 * A preliminary report has what is ready, a final one everything.
 */
export function reportMessage(requisition: Requisition, { controlId, at, final }: ReportEnvelope): Message {
  const message = buildMessage({
    type: 'ORU^R01',
    structure: 'ORU_R01',
    version: '2.4',
    controlId,
    at: localTime(at),
    sendingApplication: 'LABSYS',
    sendingFacility: 'FJV-LAB',
    receivingApplication: 'SAMBAND',
    processingId: 'T',
    charset: 'iso-8859-1',
  })
  message.add('PID', {
    1: '1',
    3: [requisition.mrn, '', '', 'PAS', 'PI'],
    5: [requisition.family.toUpperCase(), requisition.given],
  })
  message.add('PV1', { 1: '1', 2: 'N', 19: requisition.visit })
  for (const [index, order] of requisition.orders.entries()) addReport(message, order, index, at, final)
  return message
}

function addReport(message: Message, order: LabOrder, index: number, at: Date, final: boolean): void {
  const profile = profiles[order.profile]
  if (profile === undefined) return
  message.add('ORC', { 1: 'RE', 2: order.placer, 3: order.sample, 5: final ? 'CM' : 'IP' })
  message.add('OBR', {
    1: String(index + 1),
    2: order.placer,
    3: order.sample,
    4: [order.profile, profile.name, 'L'],
    7: localTime(at),
    22: localTime(at),
    24: 'LAB',
    25: final ? 'F' : 'P',
  })
  const analyses = order.withNewAnalysis ? [...profile.analyses, newAnalysis] : profile.analyses
  const ready = final ? analyses : analyses.slice(0, Math.ceil(analyses.length / 2))
  for (const [position, analysis] of ready.entries()) {
    addObservation(message, measure(analysis, order.content), position + 1, final)
  }
  const random = createRandom(`${order.content}:remark`)
  if (final && random.chance(0.2)) message.add('NTE', { 1: '1', 2: 'L', 3: random.pick(remarks) })
}

function addObservation(message: Message, { analysis, value, flag }: Measured, number: number, final: boolean): void {
  const range = analysis.low === 0 ? `<${analysis.high}` : `${analysis.low}-${analysis.high}`
  message.add('OBX', {
    1: String(number),
    2: 'NM',
    3: [analysis.code, analysis.name, 'L'],
    5: value.toFixed(analysis.decimals),
    6: analysis.unit,
    7: range,
    8: flag,
    11: final ? 'F' : 'P',
  })
}

/** The laboratory's clock has no zone. */
function localTime(at: Date): string {
  return formatTimestamp(at).slice(0, 14)
}
