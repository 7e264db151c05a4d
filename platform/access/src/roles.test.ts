import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRoles, permissions, permissionsOf } from './roles.ts'

test('an administrator may do everything', () => {
  assert.deepEqual([...permissionsOf(['administrator'])], [...permissions])
})

test('a monitor and an auditor see no content of messages', () => {
  for (const role of ['monitor', 'auditor']) assert.equal(permissionsOf([role]).has('messages:body'), false)
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
