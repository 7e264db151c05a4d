import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRoles, permissions, permissionsOf } from './roles.ts'

test('an administrator may do everything', () => {
  assert.deepEqual([...permissionsOf(['administrator'])], [...permissions])
})

test('a monitor and an auditor see no content of messages', () => {
  for (const role of ['monitor', 'auditor']) assert.equal(permissionsOf([role]).has('messages:body'), false)
})

test('a program of the FHIR server sees nothing of the messages, and a reader writes nothing', () => {
  assert.deepEqual([...permissionsOf(['fhir-reader'])], ['fhir:read'])
  assert.deepEqual([...permissionsOf(['fhir-writer'])], ['fhir:read', 'fhir:write'])
  for (const role of ['operator', 'reader']) {
    assert.deepEqual([permissionsOf([role]).has('fhir:read'), permissionsOf([role]).has('fhir:write')], [true, false])
  }
  for (const role of ['monitor', 'deployer', 'auditor']) assert.equal(permissionsOf([role]).has('fhir:read'), false)
})

test('several roles give what each gives, and an unknown one gives nothing', () => {
  assert.deepEqual([...permissionsOf(['monitor', 'auditor', 'emperor'])], ['status:read', 'audit:read'])
  assert.equal(permissionsOf(['emperor']).size, 0)
})

test('an unknown role and no role are refused with the known ones', () => {
  assert.deepEqual(parseRoles(['reader', 'reader']), ['reader'])
  for (const names of [['emperor'], []]) {
    assert.throws(() => parseRoles(names), { code: 'role-unknown', message: /administrator, operator, reader/ })
  }
})
