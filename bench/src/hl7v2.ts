import { parse, quickHeader } from '@samband/hl7v2'

/** One measured case of the HL7 v2 codec; more is better. */
export interface Hl7v2Row {
  readonly bench: 'hl7v2'
  readonly case: Hl7v2Case
  readonly library: string
  readonly perCpuSecond: number
}

export type Hl7v2Case = 'adt-edit' | 'adt-edit-utf8' | 'adt-pass-through' | 'adt-header' | 'oru-read'

/** An ADT^A01 of 815 bytes. The person is synthetic (Norwegian test series, month + 80). */
const ADT = [
  'MSH|^~\\&|EHR|SYKEHUSET|LIS|LAB|20260131101500+0100||ADT^A01^ADT_A01|EHR0000001|P|2.5.1|||AL|NE|NOR|UNICODE UTF-8',
  'EVN|A01|20260131101500+0100|||LEGE1^Hansen^Kari',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNO~4711^^^SYKEHUSET^MR||Nordmann^Ola^Testesen||19690116|M|||Storgata 1^^Oslo^^0155^NO^H||+4799999999^PRN^CP|||M|||||||||||||N',
  'NK1|1|Nordmann^Kari^Testesen|SPO^Ektefelle^HL70063|Storgata 1^^Oslo^^0155^NO|+4798888888',
  'PV1|1|I|MED1^204^2^SYKEHUSET|R|||LEGE1^Hansen^Kari^^^Dr|LEGE2^Olsen^Per|KIR|MED||||7|||LEGE1^Hansen^Kari|I|EP20260131001^^^SYKEHUSET^VN|||||||||||||||||||||||||20260131100000+0100',
  'PV2|||^Observasjon',
  'AL1|1|DA|J01CA04^Amoksicillin^ATC|MO|Utslett',
  'IN1|1|FOLKETRYGD^Folketrygden|HELFO 1|Helsedirektoratet||||||||20260101||||Nordmann^Ola',
  'DG1|1||J18.9^Uspesifisert pneumoni^ICD-10||20260131|A',
  '',
].join('\r')

/** An ORU^R01 of 10.7 kB with 95 OBX. */
const ORU: string = [
  'MSH|^~\\&|LIS|LAB|EHR|SYKEHUSET|20260131113000+0100||ORU^R01^ORU_R01|LIS0000001|P|2.5.1||||||UNICODE UTF-8',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNO||Nordmann^Ola^Testesen||19690116|M',
  'ORC|RE|BEST1^EHR|LAB1^LIS||CM',
  'OBR|1|BEST1^EHR|LAB1^LIS|ALLE^Alle prøver^L|||20260131103000|||||||||LEGE1^Hansen^Kari||||||20260131112500|||F',
  ...Array.from(
    { length: 95 },
    (_, i) =>
      `OBX|${i + 1}|NM|NPU${String(19_600 + i)}^B-Hemoglobin^NPU^${i}^L-Hb^L||${(10 + i / 10).toFixed(1)}|g/dL^gram per dl^UCUM|11.7-15.3||||F|||20260131110000||A`,
  ),
  '',
].join('\r')

const encoder = new TextEncoder()

function editAdt(bytes: Uint8Array): number {
  const result = parse(bytes)
  if (!result.ok) throw new Error('The benchmark message does not parse')
  const m = result.message
  let read = 0
  read += (m.text('MSH-9.1') ?? '').length
  read += (m.text('MSH-9.2') ?? '').length
  read += (m.text('MSH-10') ?? '').length
  read += (m.text('PID-3.1') ?? '').length
  read += (m.text('PID-3[2].1') ?? '').length
  read += (m.text('PID-5.1') ?? '').length
  read += (m.text('PID-5.2') ?? '').length
  read += (m.text('PID-7') ?? '').length
  read += (m.text('PV1-3.1') ?? '').length
  read += (m.text('PV1-19.1') ?? '').length
  m.set('MSH-3', 'SAMBAND').set('MSH-5', 'FAGSYSTEM').set('PV1-3.1', 'MED2').set('PID-5.1', 'Hansen & Olsen')
  return read + m.format().length
}

function passThrough(bytes: Uint8Array): number {
  const result = parse(bytes)
  if (!result.ok) throw new Error('The benchmark message does not parse')
  return result.message.controlId.length + result.message.type.length + result.message.format().length
}

function readOru(bytes: Uint8Array): number {
  const result = parse(bytes)
  if (!result.ok) throw new Error('The benchmark message does not parse')
  let read = 0
  for (const obx of result.message.segments('OBX')) {
    read += (obx.text('3.1') ?? '').length
    read += (obx.text('3.2') ?? '').length
    read += (obx.text('5') ?? '').length
    read += (obx.text('6.1') ?? '').length
    read += (obx.text('11') ?? '').length
  }
  return read
}

function perCpuSecond(run: (bytes: Uint8Array) => number, bytes: Uint8Array, seconds: number): number {
  let sink = 0
  for (let i = 0; i < 2_000; i++) sink += run(bytes)
  const started = process.cpuUsage()
  let count = 0
  let usedMs = 0
  while (usedMs < seconds * 1000) {
    for (let i = 0; i < 500; i++) sink += run(bytes)
    count += 500
    const used = process.cpuUsage(started)
    usedMs = (used.user + used.system) / 1000
  }
  if (sink === 0) throw new Error('Nothing was read')
  return Math.round((count / usedMs) * 1000)
}

/**
 * Runs every case, or one, for the given CPU time each: `adt-edit` parses, reads 10 fields, edits 4 and formats; `adt-pass-through` reads type
 * and control id and formats untouched; `adt-header` only reads the header; `oru-read` reads 5 fields of each OBX.
 */
export function benchHl7v2(secondsPerCase = 2, only?: Hl7v2Case): Hl7v2Row[] {
  const ascii = encoder.encode(ADT)
  const utf8 = encoder.encode(ADT.replace('Storgata', 'Sjøgata').replace('Hansen^Kari', 'Måsø^Kari'))
  const cases: readonly [Hl7v2Case, (bytes: Uint8Array) => number, Uint8Array][] = [
    ['adt-edit', editAdt, ascii],
    ['adt-edit-utf8', editAdt, utf8],
    ['adt-pass-through', passThrough, ascii],
    ['adt-header', bytes => quickHeader(bytes).controlId.length, ascii],
    ['oru-read', readOru, encoder.encode(ORU)],
  ]
  return cases
    .filter(([name]) => only === undefined || name === only)
    .map(([name, run, bytes]) => ({
      bench: 'hl7v2',
      case: name,
      library: '@samband/hl7v2',
      perCpuSecond: perCpuSecond(run, bytes, secondsPerCase),
    }))
}

/** Prints a table, or with `json` one object a row. */
export function printHl7v2Bench(options: { readonly json: boolean }): void {
  const rows = benchHl7v2()
  if (!options.json) process.stdout.write('HL7 v2 codec, messages per CPU second\n\n')
  for (const row of rows) {
    const line = options.json
      ? JSON.stringify(row)
      : `  ${row.case.padEnd(18)} ${row.perCpuSecond.toLocaleString('en')}`
    process.stdout.write(`${line}\n`)
  }
}
