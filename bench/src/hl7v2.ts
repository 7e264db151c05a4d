import { parse, quickHeader } from '@samband/hl7v2'
import type { Dictionary } from '@samband/hl7v2/dictionary'
import { loadDictionary } from '@samband/hl7v2/dictionary'
import { validate } from '@samband/hl7v2/validation'
import type { Hl7v2Case, Hl7v2Run } from './hl7v2-cases.ts'
import { ADT, ORU } from './hl7v2-cases.ts'

/** One measured case of the HL7 v2 codec; more is better. */
export interface Hl7v2Row {
  readonly bench: 'hl7v2'
  readonly case: Hl7v2Case
  readonly library: string
  readonly perCpuSecond: number
}

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

function validateAdt(dictionary: Dictionary): Hl7v2Run {
  return bytes => {
    const result = parse(bytes)
    if (!result.ok) throw new Error('The benchmark message does not parse')
    return validate(result.message, dictionary, { level: 'strict', parseIssues: result.issues }).issues.length
  }
}

function perCpuSecond(run: Hl7v2Run, bytes: Uint8Array, seconds: number): number {
  let sink = 0
  for (const until = cpuMs() + WARM_UP_MS; cpuMs() < until; ) for (let i = 0; i < 20; i++) sink += run(bytes)
  const started = cpuMs()
  let count = 0
  let usedMs = 0
  while (usedMs < seconds * 1000) {
    for (let i = 0; i < 20; i++) sink += run(bytes)
    count += 20
    usedMs = cpuMs() - started
  }
  if (sink === 0) throw new Error('Nothing was read')
  return Math.round((count / usedMs) * 1000)
}

/** Long enough for the compiler to settle; libraries differ 500 times in speed, so counted in time. */
const WARM_UP_MS = 300

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export interface Hl7v2BenchOptions {
  /** CPU time for each row. */
  readonly secondsPerCase?: number
  readonly only?: Hl7v2Case
  /** Whether the other libraries run too. */
  readonly others?: boolean
}

/**
 * Runs every case, or one: `adt-edit` parses, reads 10 fields, edits 4 and formats; `adt-pass-through` reads type and control id and
 * formats untouched; `adt-header` only reads the header; `adt-validate` parses and validates at strict; `oru-read` reads 5 fields of each OBX.
 */
export async function benchHl7v2(options: Hl7v2BenchOptions = {}): Promise<Hl7v2Row[]> {
  const { secondsPerCase = 2, only, others = true } = options
  const inputs: Readonly<Record<Hl7v2Case, Uint8Array>> = {
    'adt-edit': encoder.encode(ADT),
    'adt-edit-utf8': encoder.encode(ADT.replace('Storgata', 'Sjøgata').replace('Hansen^Kari', 'Måsø^Kari')),
    'adt-pass-through': encoder.encode(ADT),
    'adt-header': encoder.encode(ADT),
    'adt-validate': encoder.encode(ADT),
    'oru-read': encoder.encode(ORU),
  }
  const own: readonly (readonly [Hl7v2Case, Hl7v2Run])[] = [
    ['adt-edit', editAdt],
    ['adt-edit-utf8', editAdt],
    ['adt-pass-through', passThrough],
    ['adt-header', bytes => quickHeader(bytes).controlId.length],
    ['adt-validate', validateAdt(await loadDictionary('2.5.1'))],
    ['oru-read', readOru],
  ]
  const libraries = [{ library: '@samband/hl7v2', cases: own }]
  if (others) libraries.push(...(await import('./hl7v2-others.ts')).otherLibraries)
  return libraries.flatMap(({ library, cases }) =>
    cases
      .filter(([name]) => only === undefined || name === only)
      .map(([name, run]) => ({
        bench: 'hl7v2' as const,
        case: name,
        library,
        perCpuSecond: perCpuSecond(run, inputs[name], secondsPerCase),
      })),
  )
}

/** Prints a table, or with `json` one object a row. */
export async function printHl7v2Bench(options: { readonly json: boolean }): Promise<void> {
  const rows = await benchHl7v2()
  if (!options.json) process.stdout.write('HL7 v2, messages per CPU second\n\n')
  for (const row of rows) {
    const line = options.json
      ? JSON.stringify(row)
      : `  ${row.case.padEnd(18)} ${row.library.padEnd(18)} ${row.perCpuSecond.toLocaleString('en').padStart(9)}`
    process.stdout.write(`${line}\n`)
  }
}
