import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadDictionary } from '../dictionary/index.ts'
import { parse } from '../parse.ts'
import { validate } from '../validation/validate.ts'
import { parseProfileXml } from './profile-xml.ts'

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<HL7v2xConformanceProfile HL7Version="2.5.1" ProfileType="Implementation">
  <MetaData Name="Ward admissions" OrgName="HUS"/>
  <Encodings><Encoding>ER7</Encoding></Encodings>
  <HL7v2xStaticDef MsgType="ADT" EventType="A01" MsgStructID="ADT_A01" Role="Sender">
    <Segment Name="MSH" LongName="Message Header" Usage="R" Min="1" Max="1">
      <Field Name="Field Separator" Usage="R" Min="1" Max="1" Datatype="ST" Length="1" ConstantValue="|"/>
      <Field Name="Encoding Characters" Usage="R" Min="1" Max="1" Datatype="ST" Length="4"/>
      <Field Name="Sending Application" Usage="R" Min="1" Max="1" Datatype="HD" Length="227" ConstantValue="EHR"/>
    </Segment>
    <Segment Name="EVN" LongName="Event" Usage="R" Min="1" Max="1"/>
    <SegGroup Name="PATIENT" LongName="Patient" Usage="R" Min="1" Max="1">
      <Segment Name="PID" LongName="Patient" Usage="R" Min="1" Max="1">
        <Field Name="Set ID" Usage="X" Min="0" Max="0" Datatype="SI" Length="4"/>
        <Field Name="Patient ID" Usage="C" Min="0" Max="1" Datatype="CX" Length="20"><Predicate>as agreed</Predicate></Field>
        <Field Name="Patient Identifier List" Usage="R" Min="1" Max="1" Datatype="CX" Length="250">
          <Component Name="ID Number" Usage="R" Datatype="ST" Length="5"/>
          <Component Name="Check Digit" Usage="X" Datatype="ST"/>
          <Component Name="Check Digit Scheme" Usage="X" Datatype="ID"/>
          <Component Name="Assigning Authority" Usage="R" Datatype="HD">
            <SubComponent Name="Namespace ID" Usage="R" Datatype="IS" Table="0301"/>
          </Component>
        </Field>
      </Segment>
      <Segment Name="NK1" LongName="Next of kin" Usage="X" Min="0" Max="0"/>
    </SegGroup>
  </HL7v2xStaticDef>
</HL7v2xConformanceProfile>`

async function found(lines: readonly string[], options: Parameters<typeof parseProfileXml>[1] = {}): Promise<string[]> {
  const read = parseProfileXml(XML, options)
  assert.ok(read.ok)
  const parsed = parse(lines.join('\r'))
  assert.ok(parsed.ok)
  const dictionary = await loadDictionary(read.version)
  const { issues } = validate(parsed.message, dictionary, { level: 'lenient', profile: read.profile })
  return issues.filter(({ profile }) => profile !== undefined).map(({ code, path }) => `${code} ${path ?? ''}`)
}

const MSH = 'MSH|^~\\&|EHR|HUS|LIS|LAB|20260131101500||ADT^A01^ADT_A01|M1|P|2.5.1'
const GOOD = [MSH, 'EVN||20260131', 'PID|||4711^^^HUS||A^B']

describe('a message profile in XML', () => {
  it('gives its name, version, types and rules, and says what it cannot decide', () => {
    const read = parseProfileXml(XML)
    assert.ok(read.ok)
    assert.equal(read.profile.name, 'Ward admissions')
    assert.equal(read.version, '2.5.1')
    assert.deepEqual(read.profile.messageTypes, ['ADT^A01'])
    assert.deepEqual(read.profile.rules.get('PATIENT.PID-3.4.1'), { usage: 'R' })
    assert.match(read.issues[0]?.text ?? '', /^1 conditional elements/)
  })

  it('accepts a message that keeps to it', async () => {
    assert.deepEqual(await found(GOOD), [])
  })

  it('finds what does not: usage, cardinality, lengths, constants, structure', async () => {
    assert.deepEqual(await found([MSH.replace('EHR', 'XXX'), ...GOOD.slice(1)]), ['value-not-allowed MSH-3'])
    assert.deepEqual(await found([MSH, 'PID|||4711^^^HUS']), ['segment-missing EVN'])
    assert.deepEqual(await found([MSH, 'EVN||1', 'PID|1||4711^^^HUS']), ['element-not-supported PID-1'])
    assert.deepEqual(await found([MSH, 'EVN||1', 'PID|||4711^1']), [
      'element-not-supported PID-3.2',
      'component-missing PID-3.4',
    ])
    assert.deepEqual(await found([MSH, 'EVN||1', 'PID|||123456^^^HUS~1^^^HUS']), [
      'repetitions-too-many PID-3',
      'value-too-long PID-3[1].1',
    ])
    assert.deepEqual(await found([...GOOD, 'NK1|1']), ['element-not-supported NK1'])
    assert.deepEqual(await found([...GOOD, 'PV1|1']), ['segment-unexpected PV1'])
  })

  it('takes conditions and closed tables from its caller', async () => {
    const conditions = { 'PID-2': { when: { path: '3' as const, valued: true }, use: 'R' as const } }
    assert.deepEqual(await found(GOOD, { conditions }), ['field-missing PID-2'])
    assert.deepEqual(await found(GOOD, { closedTables: ['0301'] }), ['value-not-allowed PID-3.4.1'])
  })

  it('refuses DOCTYPE, entities, depth and size', () => {
    const codes = (xml: string, options: Parameters<typeof parseProfileXml>[1] = {}): string[] => {
      const read = parseProfileXml(xml, options)
      return read.ok ? [] : read.issues.map(({ code }) => code)
    }
    const body = XML.slice(XML.indexOf('<HL7v2x'))
    assert.deepEqual(codes(`<!DOCTYPE a [<!ENTITY b "c">]>${body}`), ['xml-refused'])
    assert.deepEqual(codes(body.replace('Ward', '&b;')), ['xml-invalid'])
    assert.deepEqual(codes('<a>'.repeat(100)), ['xml-refused'])
    assert.deepEqual(codes(XML, { limits: { bytesMax: 100 } }), ['xml-refused'])
    assert.deepEqual(codes(XML, { limits: { elementsMax: 5 } }), ['xml-refused'])
    assert.deepEqual(codes('<a/>'), ['xml-invalid'])
    assert.deepEqual(codes('not xml'), ['xml-invalid'])
    assert.deepEqual(codes('<HL7v2xConformanceProfile HL7Version="2.5.1"/>'), ['xml-invalid'])
  })
})
