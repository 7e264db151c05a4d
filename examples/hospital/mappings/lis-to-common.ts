import { SambandError } from '@samband/errors'
import { convertCharset, type Message, type Segment } from '@samband/hl7v2'
import { type LabCode, labProfiles } from '../codes/lab-codes.ts'
import { hospitalPatient, toCommonHeader } from './to-common.ts'

export type Translation = Readonly<Record<string, LabCode | null>>

/** The laboratory's analysis codes in this report, each once. */
export function analysisCodes(report: Message): readonly string[] {
  return [...new Set(report.segments('OBX').map(obx => obx.text('3.1') ?? ''))]
}

/**
 * From the laboratory's ORU^R01 to the common dialect: 2.5.1, UTF-8, the hospital's patient number, panels of the EHR,
 * NPU codes and SI units. Values, and reference ranges with them, are converted from the laboratory's units; the local
 * code stays as the alternative (OBX-3.4), so that nobody has to guess where a value came from.
 */
export function labReportToCommon(report: Message, translation: Translation): Message {
  toCommonHeader(report, 'ORU_R01')
  hospitalPatient(report)
  for (const obr of report.segments('OBR')) {
    const [panel, name] = panelOf(obr.text('4.1') ?? '')
    obr.set('4', [panel, name, '99EPJ', obr.text('4.1') ?? '', obr.text('4.2') ?? '', 'L'])
  }
  for (const obx of report.segments('OBX')) toNpu(obx, translation[obx.text('3.1') ?? ''] ?? null)
  return convertCharset(report, 'utf-8')
}

function toNpu(obx: Segment, known: LabCode | null): void {
  if (known === null) {
    throw new SambandError({
      code: 'analysis-unmapped',
      category: 'not-found',
      message: 'an analysis code in OBX-3 has no NPU code: add it to labCodes in codes/lab-codes.ts, then reprocess',
    })
  }
  obx.set('3', [known.npu, known.name, 'NPU', obx.text('3.1') ?? '', obx.text('3.2') ?? '', 'L'])
  convertValue(obx, known)
}

/**
 * Value, unit and range change together or not at all: a number of one unit under the name of another is how patients
 * come to harm. '>600' is converted as a structured numeric (SN); a text has no unit to convert and stays with the
 * laboratory's.
 */
function convertValue(obx: Segment, known: LabCode): void {
  const match = /^([<>]=?)? *(\d+(?:\.\d+)?)$/.exec(obx.text('5') ?? '')
  if (match === null) return
  const [, comparator, number = ''] = match
  if (comparator === undefined) obx.set('5', convert(number, known))
  else obx.set('2', 'SN').set('5', [comparator, convert(number, known)])
  obx.set('6', [known.unit, known.unit, 'UCUM'])
  obx.set(
    '7',
    (obx.text('7') ?? '').replaceAll(/\d+(?:\.\d+)?/g, bound => convert(bound, known)),
  )
}

function convert(number: string, { factor, decimals }: LabCode): string {
  return (Number(number) * factor).toFixed(decimals)
}

function panelOf(profile: string): readonly [string, string] {
  const found = Object.entries(labProfiles).find(([, known]) => known.profile === profile)
  if (found !== undefined) return [found[0], found[1].name]
  throw new SambandError({
    code: 'lab-profile-unmapped',
    category: 'not-found',
    message: 'the profile in OBR-4 is no panel of the EHR: add it to labProfiles in codes/lab-codes.ts, then reprocess',
  })
}
