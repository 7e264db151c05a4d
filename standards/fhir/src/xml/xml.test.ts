import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimalText, formatJson, parseJson } from '../index.ts'
import { loadXmlFormat } from './index.ts'

const xml = await loadXmlFormat()

const PATIENT = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment says nothing -->
<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir patient.xsd">
  <id value="1"/>
  <text>
    <status value="generated"/>
    <h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p title='a "b"'>Kari &amp; Ola&#160;<h:br/></h:p></h:div>
  </text>
  <contained>
    <Organization><id value="org"/><name value="Legekontoret"/></Organization>
  </contained>
  <extension url="https://x.example/dose" id="e1"><valueDecimal value="1.10"/></extension>
  <active value="true"/>
  <name id="n1">
    <family value="Line&#10;Å &quot;A&quot; &lt;"/>
    <given value="Kari"/>
    <given>
      <extension url="https://x.example/why"><valueCode value="unknown"/></extension>
    </given>
    <given id="g3" value="Mari"/>
  </name>
  <birthDate value="1980-05-15"><extension url="https://x.example/t"><valueTime value="03:20:00"/></extension></birthDate>
  <multipleBirthInteger value="2"/>
</Patient>`

const AS_JSON = {
  resourceType: 'Patient',
  id: '1',
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p title="a &quot;b&quot;">Kari &amp; Ola\u00a0<br/></p></div>',
  },
  contained: [{ resourceType: 'Organization', id: 'org', name: 'Legekontoret' }],
  extension: [{ id: 'e1', url: 'https://x.example/dose', valueDecimal: 1.1 }],
  active: true,
  name: [
    {
      id: 'n1',
      family: 'Line\nÅ "A" <',
      given: ['Kari', null, 'Mari'],
      _given: [null, { extension: [{ url: 'https://x.example/why', valueCode: 'unknown' }] }, { id: 'g3' }],
    },
  ],
  birthDate: '1980-05-15',
  _birthDate: { extension: [{ url: 'https://x.example/t', valueTime: '03:20:00' }] },
  multipleBirthInteger: 2,
}

test('XML gives the same object as JSON, with every decimal as it was written', () => {
  const read = xml.parse(PATIENT)
  assert.ok(read.ok, JSON.stringify(read))
  assert.deepEqual(JSON.parse(JSON.stringify(read.value)), AS_JSON)
  const [dose] = read.value['extension'] as [object]
  assert.equal(decimalText(dose, 'valueDecimal'), '1.10')
  assert.ok(formatJson(read.value).includes('"valueDecimal":1.10'))
})

test('what was read is written so that it is read the same', () => {
  const read = xml.parse(new TextEncoder().encode(PATIENT))
  assert.ok(read.ok)
  for (const pretty of [false, true]) {
    const written = xml.format(read.value, { pretty })
    assert.ok(written.ok, JSON.stringify(written))
    assert.deepEqual(xml.parse(written.value), read)
  }
})

test('elements are written in the order of their definition, whatever the order of the members', () => {
  const written = xml.format({
    birthDate: '1980',
    name: [{ given: ['A'], family: 'B' }],
    resourceType: 'Patient',
    active: false,
    id: 'x',
  })
  assert.deepEqual(written, {
    ok: true,
    value:
      '<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="x"/><active value="false"/>' +
      '<name><family value="B"/><given value="A"/></name><birthDate value="1980"/></Patient>',
  })
})

test('pretty XML has a line per element', () => {
  const written = xml.format({ resourceType: 'Basic', code: { text: 'a' } }, { pretty: true })
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Basic xmlns="http://hl7.org/fhir">',
    '  <code>',
    '    <text value="a"/>',
    '  </code>',
    '</Basic>',
    '',
  ]
  assert.deepEqual(written, { ok: true, value: lines.join('\n') })
})

test('decimals go through XML as they were', () => {
  const parsed = parseJson(
    '{"resourceType":"Observation","valueQuantity":{"value":5.00},"referenceRange":[{"low":{"value":1e2}}]}',
  )
  assert.ok(parsed.ok)
  const written = xml.format(parsed.value)
  assert.ok(written.ok && written.value.includes('value="5.00"') && written.value.includes('value="1e2"'))
  const read = xml.parse(written.value)
  assert.ok(read.ok)
  assert.ok(formatJson(read.value).includes('5.00') && formatJson(read.value).includes('1e2'))
})

const WRAP = (inner: string): string => `<Patient xmlns="http://hl7.org/fhir">${inner}</Patient>`
const REFUSED: readonly { name: string; input: string | Uint8Array; code: string; path?: string }[] = [
  { name: 'nothing', input: '', code: 'xml-invalid' },
  { name: 'what is no XML', input: '{"resourceType":"Patient"}', code: 'xml-invalid' },
  {
    name: 'an element that does not end',
    input: '<Patient xmlns="http://hl7.org/fhir"><active value="true"/>',
    code: 'xml-invalid',
  },
  {
    name: 'an attribute twice',
    input: WRAP('<active value="true" value="false"/>'),
    code: 'xml-invalid',
    path: 'Patient',
  },
  {
    name: 'a document type',
    input: `<!DOCTYPE Patient [<!ENTITY x "y">]>${WRAP('<language value="&x;"/>')}`,
    code: 'xml-refused',
  },
  {
    name: 'an external entity',
    input: `<!DOCTYPE Patient SYSTEM "file:///etc/passwd">${WRAP('')}`,
    code: 'xml-refused',
  },
  {
    name: 'an entity that XML does not know',
    input: WRAP('<language value="&nbsp;"/>'),
    code: 'xml-invalid',
    path: 'Patient',
  },
  { name: 'another encoding', input: `<?xml version="1.0" encoding="ISO-8859-1"?>${WRAP('')}`, code: 'xml-refused' },
  { name: 'bytes that are not UTF-8', input: Uint8Array.of(0x3c, 0xff), code: 'encoding-invalid' },
  { name: 'another namespace', input: '<Patient xmlns="urn:hl7-org:v3"/>', code: 'resource-type-unknown' },
  { name: 'no namespace', input: '<Patient/>', code: 'resource-type-unknown' },
  { name: 'what is no resource', input: '<HumanName xmlns="http://hl7.org/fhir"/>', code: 'resource-type-unknown' },
  {
    name: 'an unknown element',
    input: WRAP('<name><surname value="x"><a/></surname></name>'),
    code: 'element-unknown',
    path: 'Patient.name[0].surname',
  },
  {
    name: 'an element of another namespace',
    input: WRAP('<x:active xmlns:x="urn:x" value="true"/>'),
    code: 'element-unknown',
    path: 'Patient.active',
  },
  {
    name: 'an attribute that FHIR does not know',
    input: WRAP('<active value="true" lang="nb"/>'),
    code: 'element-unknown',
    path: 'Patient.active',
  },
  {
    name: 'the id of a data type as an element',
    input: WRAP('<name><id value="x"/></name>'),
    code: 'element-unknown',
    path: 'Patient.name[0].id',
  },
  { name: 'text between elements', input: WRAP('<name>Kari</name>'), code: 'xml-invalid', path: 'Patient.name[0]' },
  {
    name: 'an element twice that may stand once',
    input: WRAP('<gender value="male"/><gender value="female"/>'),
    code: 'element-repeated',
    path: 'Patient.gender',
  },
  {
    name: 'an object twice that may stand once',
    input: WRAP('<maritalStatus/><maritalStatus/>'),
    code: 'element-repeated',
    path: 'Patient.maritalStatus',
  },
  {
    name: 'two resources where one may stand',
    input: WRAP('<contained><Basic/><Basic/></contained>'),
    code: 'element-too-many',
    path: 'Patient.contained[0]',
  },
  {
    name: 'no resource where one must stand',
    input: WRAP('<contained/>'),
    code: 'element-empty',
    path: 'Patient.contained[0]',
  },
  {
    name: 'a narrative of another namespace',
    input: WRAP('<text><div>a</div></text>'),
    code: 'element-unknown',
    path: 'Patient.text.div',
  },
]

for (const { name, input, code, path } of REFUSED) {
  test(`${name} is refused, and where`, () => {
    const read = xml.parse(input)
    assert.ok(!read.ok)
    const [issue] = read.issues
    assert.equal(issue?.code, code, JSON.stringify(read.issues))
    if (path !== undefined) assert.equal(issue?.path, path)
  })
}

test('what is too large or too deep is refused', () => {
  const read = (text: string, limits: object): unknown => {
    const result = xml.parse(text, limits)
    return result.ok ? undefined : result.issues.at(-1)?.code
  }
  assert.equal(read(WRAP(''), { bytesMax: 10 }), 'input-too-large')
  assert.equal(read(WRAP('<contact><name><family value="a"/></name></contact>'), { depthMax: 3 }), 'input-too-deep')
  assert.equal(read(WRAP('<contact>'.repeat(100_000)), {}), 'input-too-deep')
  assert.equal(
    read(WRAP(`<text><div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(100_000)}`), {}),
    'input-too-deep',
  )
})

test('a value that is no number stays a text, for the validator to say so', () => {
  const read = xml.parse(WRAP('<multipleBirthInteger value="two"/><active value="1"/>'))
  assert.ok(read.ok)
  assert.deepEqual([read.value['multipleBirthInteger'], read.value['active']], ['two', '1'])
})

const UNWRITABLE: readonly { name: string; resource: unknown; code: string }[] = [
  { name: 'no resource', resource: [], code: 'resource-expected' },
  { name: 'an unknown type', resource: { resourceType: 'Pasient' }, code: 'resource-type-unknown' },
  { name: 'an unknown element', resource: { resourceType: 'Patient', surname: 'x' }, code: 'element-unknown' },
  {
    name: 'a narrative that would break the document',
    resource: { resourceType: 'Patient', text: { div: '<div xmlns="http://www.w3.org/1999/xhtml"></Patient>' } },
    code: 'narrative-invalid',
  },
  {
    name: 'a character that XML cannot hold',
    resource: { resourceType: 'Patient', language: 'a\u0000' },
    code: 'value-invalid',
  },
  { name: 'an object for a primitive', resource: { resourceType: 'Patient', language: {} }, code: 'type-wrong' },
]

for (const { name, resource, code } of UNWRITABLE) {
  test(`${name} is not written as XML`, () => {
    const written = xml.format(resource)
    assert.equal(written.ok ? 'written' : written.issues[0]?.code, code)
  })
}
