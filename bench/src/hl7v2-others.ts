/**
 * Other libraries on the same cases, each by its own documented calls. They do less: @medplum/core, simple-hl7 and node-hl7-client write the
 * `&` of `Hansen & Olsen` as it is, which makes two subcomponents of it; hl7v2 escapes it but puts it before what stood there, and gives
 * back times without their seconds. None has a call for what `adt-validate` does, so that it has no
 * rows here. A library without a way to do a case has no row for it.
 */
import { createRequire } from 'node:module'
import { Hl7Message } from '@medplum/core'
import { HL7Message as PanatesMessage } from 'hl7v2'
import { Message as NodeHl7Message } from 'node-hl7-client'
import type { Hl7v2Case, Hl7v2Run } from './hl7v2-cases.ts'

export interface OtherLibrary {
  readonly library: string
  readonly cases: readonly (readonly [Hl7v2Case, Hl7v2Run])[]
}

const decoder = new TextDecoder()

const medplum: OtherLibrary = {
  library: '@medplum/core',
  cases: [
    [
      'adt-edit',
      bytes => {
        const m = Hl7Message.parse(decoder.decode(bytes))
        const { header } = m
        const pid = need(m.getSegment('PID'))
        const pv1 = need(m.getSegment('PV1'))
        const read =
          header.getComponent(9, 1).length +
          header.getComponent(9, 2).length +
          header.getComponent(10, 1).length +
          pid.getComponent(3, 1).length +
          pid.getField(3).getComponent(1, 0, 1).length +
          pid.getComponent(5, 1).length +
          pid.getComponent(5, 2).length +
          pid.getComponent(7, 1).length +
          pv1.getComponent(3, 1).length +
          pv1.getComponent(19, 1).length
        header.setComponent(3, 1, 'SAMBAND')
        header.setComponent(5, 1, 'FAGSYSTEM')
        pv1.setComponent(3, 1, 'MED2')
        pid.setComponent(5, 1, 'Hansen & Olsen')
        return read + Buffer.from(m.toString()).length
      },
    ],
    [
      'adt-pass-through',
      bytes => {
        const m = Hl7Message.parse(decoder.decode(bytes))
        const { header } = m
        const read =
          header.getComponent(10, 1).length + header.getComponent(9, 1).length + header.getComponent(9, 2).length
        return read + Buffer.from(m.toString()).length
      },
    ],
    [
      'oru-read',
      bytes => {
        let read = 0
        for (const obx of Hl7Message.parse(decoder.decode(bytes)).getAllSegments('OBX')) {
          read += obx.getComponent(3, 1).length + obx.getComponent(3, 2).length + obx.getComponent(5, 1).length
          read += obx.getComponent(6, 1).length + obx.getComponent(11, 1).length
        }
        return read
      },
    ],
  ],
}

/** simple-hl7 has no types; these are the parts that are used. */
interface SimpleSegment {
  getField(index: number, repetition?: number): string
  getComponent(field: number, component: number): string
  setField(index: number, value: string | readonly string[]): void
}

interface SimpleMessage {
  readonly header: SimpleSegment
  getSegment(name: string): SimpleSegment | undefined
  getSegments(name: string): readonly SimpleSegment[]
  toString(): string
}

const simpleHl7 = createRequire(import.meta.url)('simple-hl7') as {
  readonly Parser: new (options: { readonly segmentSeperator: string }) => { parse(text: string): SimpleMessage }
}

function parseSimple(bytes: Uint8Array): SimpleMessage {
  return new simpleHl7.Parser({ segmentSeperator: '\r' }).parse(decoder.decode(bytes))
}

/** Its header counts from MSH-3 as 1. */
const simple: OtherLibrary = {
  library: 'simple-hl7',
  cases: [
    [
      'adt-edit',
      bytes => {
        const m = parseSimple(bytes)
        const pid = need(m.getSegment('PID'))
        const pv1 = need(m.getSegment('PV1'))
        const read =
          m.header.getComponent(7, 1).length +
          m.header.getComponent(7, 2).length +
          m.header.getField(8).length +
          pid.getField(3, 1).length +
          pid.getField(3, 2).length +
          pid.getComponent(5, 1).length +
          pid.getComponent(5, 2).length +
          pid.getField(7).length +
          pv1.getComponent(3, 1).length +
          pv1.getComponent(19, 1).length
        m.header.setField(1, 'SAMBAND')
        m.header.setField(3, 'FAGSYSTEM')
        // A component cannot be set alone.
        pv1.setField(3, ['MED2', pv1.getComponent(3, 2), pv1.getComponent(3, 3), pv1.getComponent(3, 4)])
        pid.setField(5, ['Hansen & Olsen', pid.getComponent(5, 2), pid.getComponent(5, 3)])
        return read + Buffer.from(m.toString()).length
      },
    ],
    [
      'adt-pass-through',
      bytes => {
        const m = parseSimple(bytes)
        return m.header.getField(8).length + m.header.getField(7).length + Buffer.from(m.toString()).length
      },
    ],
    [
      'oru-read',
      bytes => {
        let read = 0
        for (const obx of parseSimple(bytes).getSegments('OBX')) {
          read += obx.getComponent(3, 1).length + obx.getComponent(3, 2).length + obx.getField(5).length
          read += obx.getComponent(6, 1).length + obx.getField(11).length
        }
        return read
      },
    ],
  ],
}

const nodeHl7Client: OtherLibrary = {
  library: 'node-hl7-client',
  cases: [
    [
      'adt-edit',
      bytes => {
        const m = new NodeHl7Message({ text: decoder.decode(bytes) })
        let read = 0
        for (const path of [
          'MSH.9.1',
          'MSH.9.2',
          'MSH.10',
          'PID.3[0].1',
          'PID.3[1].1',
          'PID.5.1',
          'PID.5.2',
          'PID.7',
        ]) {
          read += m.get(path).toString().length
        }
        read += m.get('PV1.3.1').toString().length + m.get('PV1.19.1').toString().length
        m.set('MSH.3', 'SAMBAND')
        m.set('MSH.5', 'FAGSYSTEM')
        m.set('PV1.3.1', 'MED2')
        m.set('PID.5.1', 'Hansen & Olsen')
        return read + Buffer.from(m.toString()).length
      },
    ],
    [
      'adt-pass-through',
      bytes => {
        const m = new NodeHl7Message({ text: decoder.decode(bytes) })
        const read =
          m.get('MSH.10').toString().length + m.get('MSH.9.1').toString().length + m.get('MSH.9.2').toString().length
        return read + Buffer.from(m.toString()).length
      },
    ],
    [
      'oru-read',
      bytes => {
        const m = new NodeHl7Message({ text: decoder.decode(bytes) })
        let read = 0
        m.get('OBX').forEach(obx => {
          for (const path of ['.3.1', '.3.2', '.5', '.6.1', '.11']) read += obx.get(path).toString().length
        })
        return read
      },
    ],
  ],
}

const panates: OtherLibrary = {
  library: 'hl7v2',
  cases: [
    [
      'adt-edit',
      bytes => {
        const m = PanatesMessage.parse(Buffer.from(bytes))
        const pid = need(m.getSegment('PID'))
        const pv1 = need(m.getSegment('PV1'))
        const read =
          m.messageType.length +
          m.controlId.length +
          text(pid.field(3).getValue(1)) +
          text(pid.field(3).rep(1).component(1).getValue()) +
          text(pid.field(5).getValue(1, 1)) +
          text(pid.field(5).getValue(2)) +
          text(pid.field(7).getValue()) +
          text(pv1.field(3).getValue(1)) +
          text(pv1.field(19).getValue(1))
        m.header.field(3).setValue('SAMBAND', 1)
        m.header.field(5).setValue('FAGSYSTEM', 1)
        pv1.field(3).setValue('MED2', 1)
        pid.field(5).setValue('Hansen & Olsen', 1, 1)
        return read + Buffer.from(m.toHL7String()).length
      },
    ],
    [
      'adt-pass-through',
      bytes => {
        const m = PanatesMessage.parse(Buffer.from(bytes))
        return m.controlId.length + m.messageType.length + Buffer.from(m.toHL7String()).length
      },
    ],
    [
      'oru-read',
      bytes => {
        let read = 0
        for (const obx of PanatesMessage.parse(Buffer.from(bytes)).segments) {
          if (obx.segmentType !== 'OBX') continue
          read += text(obx.field(3).getValue(1)) + text(obx.field(3).getValue(2)) + text(obx.field(5).getValue())
          read += text(obx.field(6).getValue(1)) + text(obx.field(11).getValue())
        }
        return read
      },
    ],
  ],
}

export const otherLibraries: readonly OtherLibrary[] = [medplum, simple, nodeHl7Client, panates]

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The library did not find a segment')
  return value
}

/** Values are numbers, dates and strings, by their types. */
function text(value: unknown): number {
  return String(value).length
}
