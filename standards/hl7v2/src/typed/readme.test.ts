import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSegment } from '../dictionary/define-segment.ts'
import { loadDictionary } from '../dictionary/load.ts'
import { extendVersion } from '../dictionary/version-extension.ts'
import { parse } from '../parse.ts'
import { declaredSegments, typed } from './typed.ts'

test('what the README shows of names, types and tables holds', async () => {
  const parsed = parse(
    'MSH|^~\\&|||||||ORU^R01|1|P|2.5.1\rPID|||1||Nordmann^Kari\rZPD||O\rOBR|1\rOBX|1|CWE|A||X^Y\rOBX|2|CWE|A||Z||mL',
  )
  assert.ok(parsed.ok)
  const m = parsed.message
  const dictionary = await loadDictionary('2.5.1')
  assert.equal(dictionary.nameOf('PID-3.1'), 'Patient Identifier List / ID Number')
  assert.equal(dictionary.field('OBX', 11)?.table, '0085')
  assert.equal(dictionary.table('0085')?.codes[0]?.code, 'C')
  assert.equal(dictionary.structureOf('ADT', 'A04')?.id, 'ADT_A01')
  const oru = typed(m, 'ORU_R01', '2.5.1')
  const { pid } = oru.patientResult[0].patient
  assert.equal(pid.patientName[0].familyName.surname, 'Nordmann')
  const [first, second] = oru.patientResult[0].orderObservation[0].observation
  assert.equal(first?.obx.observationValue[0].$as('CWE').identifier, 'X')
  assert.equal(second?.obx.units.$path, 'OBX[2]-6[1]')
  pid.administrativeSex = 'F'
  assert.equal(m.text('PID-8'), 'F')
  assert.equal(oru.$deviations.length, 1)
  const zpd = defineSegment('ZPD', { fields: { bloodGroup: { number: 2, dataType: 'CWE', table: 'BLOOD' } } })
  const hospital = extendVersion('2.5.1', {
    segments: [zpd],
    structures: { ORU_R01: [{ after: 'PID', add: 'ZPD?' }] },
    tables: { BLOOD: { name: 'Blood groups', codes: { A: 'A', B: 'B', AB: 'AB', O: '0' } } },
  })
  await loadDictionary(hospital)
  assert.equal(declaredSegments(oru, zpd, hospital)[0]?.bloodGroup.identifier, 'O')
})
