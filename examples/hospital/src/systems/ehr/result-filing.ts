import { type Message, type Segment, type SegmentGroup, segmentsOf } from '@samband/hl7v2'
import { accepted, unknown, type Verdict } from '../system.ts'
import type { Chart, Observation, OrderStatus } from './chart.ts'

/**
 * Files the orders of an ORU^R01, each OBR with what belongs to it: preliminary to the chart, final to the inbox too.
 */
export function fileReport(message: Message, chart: Chart, at: Date): Verdict {
  const reports = message.group('OBR')
  if (reports.some(({ lead }) => chart.order(lead.text('2.1') ?? '') === undefined)) return orderUnknown()
  for (const report of reports) {
    const status: OrderStatus = report.lead.text('25') === 'P' ? 'preliminary' : 'final'
    chart.file(
      report.lead.text('2.1') ?? '',
      status,
      { observations: observationsOf(report), notes: notesOf(report) },
      at,
    )
  }
  return accepted
}

/** Files what a department says of an order before there is a result: ORR^O02, or ORM^O01 with ORC-1 SC. */
export function fileOrderStatus(message: Message, chart: Chart, at: Date): Verdict {
  const orders = message.segments('ORC')
  if (orders.some(orc => chart.order(orc.text('2.1') ?? '') === undefined)) return orderUnknown()
  for (const orc of orders) chart.file(orc.text('2.1') ?? '', statusOf(orc), {}, at)
  return accepted
}

/** Files that a drug was handed out: RDS^O13. */
export function fileDispense(message: Message, chart: Chart, at: Date): Verdict {
  const placer = message.text('ORC-2.1') ?? ''
  if (chart.order(placer) === undefined) return orderUnknown()
  chart.file(placer, 'dispensed', { notes: message.segments('RXD').map(rxd => rxd.text('2.2') ?? '') }, at)
  return accepted
}

/** ORC-1 by HL7 table 0119 and ORC-5 by table 0038. */
function statusOf(orc: Segment): OrderStatus {
  if (orc.text('1') === 'UA') return 'refused'
  return orc.text('1') === 'SC' ? 'in-progress' : 'accepted'
}

function observationsOf(report: SegmentGroup): readonly Observation[] {
  return segmentsOf(report, 'OBX').map(obx => ({
    code: obx.text('3.1') ?? '',
    name: obx.text('3.2') ?? '',
    value: valueOf(obx),
    unit: obx.text('6.1') ?? '',
    referenceRange: obx.text('7') ?? '',
    flag: obx.text('8') ?? '',
  }))
}

/** A structured numeric ('>' and '33.3') reads as one text in the chart. */
function valueOf(obx: Segment): string {
  const first = obx.text('5.1') ?? ''
  return obx.text('2') === 'SN' ? `${first}${obx.text('5.2') ?? ''}` : first
}

function notesOf(report: SegmentGroup): readonly string[] {
  return segmentsOf(report, 'NTE').map(nte => nte.text('3') ?? '')
}

function orderUnknown(): Verdict {
  return unknown('the order is not known in the EHR')
}
