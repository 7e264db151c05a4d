import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSegment } from './define-segment.ts'
import { DictionaryError, type DictionaryErrorCode } from './dictionary-error.ts'
import { loadDictionary, loadedDictionary } from './load.ts'
import { formatNodes } from './structure-text.ts'
import { extendVersion } from './version-extension.ts'

const zpd = defineSegment('ZPD', {
  name: 'Patient extras',
  fields: {
    setId: { number: 1, dataType: 'SI' },
    bloodGroup: { number: 3, dataType: 'CWE', table: 'BLOOD', repeats: 2, optionality: 'R' },
  },
})

const hospital = extendVersion('2.5.1', {
  segments: [zpd],
  structures: { ADT_A01: [{ after: 'PID', add: 'ZPD?' }], ZPM_Z01: 'MSH PID ZPD+' },
  tables: {
    BLOOD: { name: 'Blood groups', codes: { A: 'Type A', B: 'Type B' } },
    '0001': { codes: { X: 'Not asked' } },
    '0004': { codes: { D: 'Day' }, standardCodes: 'drop' },
  },
  events: { 'ADT^Z01': 'ADT_A01' },
})

test('a declared segment is known like those of the standard', async () => {
  const dictionary = await loadDictionary(hospital)
  assert.equal(dictionary.nameOf('ZPD'), 'Patient extras')
  assert.equal(dictionary.nameOf('ZPD-3.1'), 'Blood Group / Identifier')
  assert.deepEqual(dictionary.field('ZPD', 3), {
    number: 3,
    name: 'Blood Group',
    dataType: 'CWE',
    optionality: 'R',
    repetitionsMax: 2,
    table: 'BLOOD',
  })
  assert.equal(dictionary.field('ZPD', 2)?.dataType, '')
  assert.ok(dictionary.segmentIds.includes('ZPD'))
})

test('a structure gets its local segments, and the rest of it stays', async () => {
  const dictionary = await loadDictionary(hospital)
  const nodes = formatNodes(dictionary.structure('ADT_A01')?.nodes ?? [])
  assert.ok(nodes.startsWith('MSH SFT* EVN PID ZPD? PD1?'), nodes)
  assert.equal(dictionary.structureOf('ADT', 'Z01')?.id, 'ADT_A01')
  assert.equal(dictionary.structureOf('ZPM', 'Z01')?.id, 'ZPM_Z01')
})

test('an addition can be told which group it is for', async () => {
  const dictionary = await loadDictionary(
    extendVersion(hospital, { structures: { ORU_R01: [{ in: 'OBSERVATION', after: 'NTE', add: 'ZPD*' }] } }),
  )
  const nodes = formatNodes(dictionary.structure('ORU_R01')?.nodes ?? [])
  assert.ok(nodes.includes('OBSERVATION*(OBX NTE* ZPD*)'), nodes)
  assert.equal(nodes.match(/ZPD/g)?.length, 1)
  assert.equal(dictionary.nameOf('ZPD'), 'Patient extras')
})

test('local codes come beside those of a table, or in their place', async () => {
  const dictionary = await loadDictionary(hospital)
  const codes = (id: string): string[] | undefined => dictionary.table(id)?.codes.map(({ code }) => code)
  assert.deepEqual(codes('0001'), ['A', 'F', 'M', 'N', 'O', 'U', 'X'])
  assert.deepEqual(codes('0004'), ['D'])
  assert.deepEqual(codes('BLOOD'), ['A', 'B'])
  assert.equal(dictionary.table('BLOOD')?.kind, 'local')
})

test('a standard segment takes local fields and keeps its own', async () => {
  const pid = defineSegment('PID', { fields: { wardColour: { number: 45, dataType: 'ST' } } })
  const dictionary = await loadDictionary(extendVersion('2.5.1', { segments: [pid] }))
  assert.equal(dictionary.nameOf('PID-45'), 'Ward Colour')
  assert.equal(dictionary.nameOf('PID-3.1'), 'Patient Identifier List / ID Number')
  assert.equal(dictionary.nameOf('PID'), 'Patient Identification')
})

test('a data type can be declared', async () => {
  const dictionary = await loadDictionary(
    extendVersion('2.5.1', {
      dataTypes: {
        ZRANGE: {
          components: [
            { name: 'Low', dataType: 'NM' },
            { name: 'High', dataType: 'NM' },
          ],
        },
      },
      segments: [defineSegment('ZRA', { fields: { range: { number: 1, dataType: 'ZRANGE' } } })],
    }),
  )
  assert.equal(dictionary.nameOf('ZRA-1.2'), 'Range / High')
})

test('the version itself knows nothing of its extensions', async () => {
  await loadDictionary(hospital)
  assert.equal(loadedDictionary('2.5.1').segment('ZPD'), undefined)
  assert.equal(loadedDictionary(hospital).segment('ZPD')?.name, 'Patient extras')
})

test('an extension that does not fit together says what is missing, all of it', async () => {
  const broken = extendVersion('2.3', {
    segments: [defineSegment('ZAA', { fields: { a: { number: 1, dataType: 'XYZ', table: '9876' } } })],
    structures: { ADT_A01: [{ after: 'PID', add: 'ZBB?' }] },
    events: { 'ADT^Z09': 'ADT_Z09' },
  })
  await assert.rejects(loadDictionary(broken), (error: unknown) => {
    assert.ok(error instanceof DictionaryError)
    assert.equal(error.code, 'declaration-invalid' satisfies DictionaryErrorCode)
    for (const missing of ['XYZ', '9876', 'ZBB', 'ADT_Z09']) assert.ok(error.message.includes(missing), missing)
    return true
  })
})

test('an addition after a segment that the structure does not have is an error', async () => {
  await assert.rejects(
    loadDictionary(extendVersion('2.5.1', { structures: { ADT_A01: [{ after: 'OBR', add: 'NTE?' }] } })),
    /ADT_A01: has no OBR/,
  )
  await assert.rejects(
    loadDictionary(extendVersion('2.5.1', { structures: { ADT_XXX: [{ after: 'PID', add: 'NTE?' }] } })),
    /ADT_XXX/,
  )
  await assert.rejects(loadDictionary(extendVersion('2.5.1', { structures: { ADT_A01: 'MSH (' } })), /no structure/)
})

test('a declaration that cannot be is refused where it is written', () => {
  const number =
    (value: number): (() => unknown) =>
    () =>
      defineSegment('ZAA', { fields: { a: { number: value, dataType: 'ST' } } })
  assert.throws(number(0), /no number/)
  assert.throws(number(1.5), /no number/)
  assert.throws(number(1000), /no number/)
  assert.throws(() => defineSegment('ZAA', { fields: { $a: { number: 1, dataType: 'ST' } } }), /no name/)
  assert.throws(
    () => defineSegment('ZAA', { fields: { a: { number: 1, dataType: 'ST' }, b: { number: 1, dataType: 'ST' } } }),
    /ZAA-1 is both 'a' and 'b'/,
  )
})
