import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDefinitions } from '../src/definitions/index.ts'
import type { Issue } from '../src/index.ts'
import { FhirPackage, type PackageResource } from '../src/packages/index.ts'
import { loadValidator, Validator } from '../src/validation/index.ts'
import { change, fixture } from './change-resource.ts'
import { PROFILE_CASES, type RefusalCase, STANDARD_CASES } from './refusal-cases.ts'

const standard = await loadDefinitions()
const profiles = ['lab-result', 'sample', 'not-done'].map(name => fixture(`profiles/${name}`) as PackageResource)
const manifest = { name: 'samband.test', version: '1.0.0', fhirVersions: ['4.0.1'], dependencies: {} }
const guide = new FhirPackage(manifest, profiles).dependOn(standard)
const validator = await loadValidator({ definitions: [guide] })

for (const name of ['patient', 'observation', 'bundle', 'questionnaire', 'lab-result']) {
  test(`the ${name} of the fixtures has nothing wrong with it`, () => {
    assert.deepEqual(validator.validate(fixture(`resources/${name}`)), [])
  })
}

/** Issues that come along with the one that is asked for are fine: what is wrong in one way is often wrong in two. */
function found(issues: readonly Issue[], { code, path, rule, severity = 'error' }: RefusalCase): boolean {
  return issues.some(one => {
    return (
      one.code === code && one.path === path && one.severity === severity && (rule === undefined || one.rule === rule)
    )
  })
}

for (const one of [...STANDARD_CASES, ...PROFILE_CASES]) {
  test(`${one.name} is found, and where`, () => {
    const resource = fixture(`resources/${one.base}`)
    change(resource, one.set)
    const issues = validator.validate(resource)
    assert.ok(found(issues, one), `expected ${one.code} at ${one.path}, got ${JSON.stringify(issues, undefined, 1)}`)
  })
}

test('the cases are many, and each has its own name', () => {
  const names = [...STANDARD_CASES, ...PROFILE_CASES].map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.length >= 80)
})

test('no issue tells a value of the instance', () => {
  const secret = 'HEMMELIG'
  const resource = fixture('resources/patient')
  change(resource, {
    gender: secret,
    birthDate: secret,
    'name.0.family': [secret],
    'identifier.0.system': `${secret} ${secret}`,
    'generalPractitioner.0.reference': `#${secret}`,
    'managingOrganization.reference': secret,
    'text.div': secret,
    'telecom.0.rank': secret,
    [`${secret} ${secret}`]: 1,
  })
  const issues = validator.validate(resource)
  assert.ok(issues.length >= 8)
  assert.equal(JSON.stringify(issues).includes(secret), false)
})

test('a profile that is asked for holds as one that is claimed does, and is told once', () => {
  const url = 'https://samband.example/StructureDefinition/lab-result'
  const resource = fixture('resources/observation')
  const asked = validator.validate(resource, { profiles: [url] })
  change(resource, { meta: { profile: [url] } })
  const claimed = validator.validate(resource, { profiles: [url] })
  assert.ok(asked.length > 0)
  assert.deepEqual(asked, claimed)
})

test('a resource of another type than asked for is refused', () => {
  const issues = validator.validate(fixture('resources/patient'), { type: 'Observation' })
  assert.deepEqual(
    issues.map(({ code }) => code),
    ['resource-type-wrong'],
  )
})

test('what is no resource is refused without an exception', () => {
  for (const nothing of [null, undefined, 1, 'Patient', [], [{}]]) {
    assert.deepEqual(
      validator.validate(nothing).map(({ code }) => code),
      ['resource-expected'],
    )
  }
})

test('the number of issues is bounded', async () => {
  const strict = await loadValidator({ policy: { issuesMax: 5 } })
  const resource = { resourceType: 'Patient', name: Array.from({ length: 100 }, () => ({ family: 1 })) }
  const issues = strict.validate(resource)
  assert.equal(issues.length, 6)
  assert.equal(issues.at(-1)?.code, 'issues-too-many')
})

test('no number of warnings hides an error', async () => {
  const few = await loadValidator({ policy: { issuesMax: 5, unknownExtensions: 'warning' } })
  const extension = Array.from({ length: 100 }, () => ({ url: 'https://x.example/e', valueCode: 'a' }))
  const issues = few.validate({ resourceType: 'Patient', extension, gender: 'x' })
  assert.deepEqual(
    issues.map(({ severity }) => severity),
    [...Array.from({ length: 6 }, () => 'warning'), 'error'],
  )
})

test('what is left open may be told, or refused', async () => {
  const resource = {
    resourceType: 'Patient',
    extension: [{ url: 'https://x.example/e', valueCode: 'a' }],
    meta: { profile: ['https://x.example/p'] },
  }
  const quiet = await loadValidator({ policy: { unknownProfiles: 'ignore' } })
  assert.deepEqual(quiet.validate(resource), [])
  const strict = await loadValidator({
    policy: { unknownProfiles: 'error', unknownExtensions: 'error', bestPractice: 'warning' },
  })
  const found = strict.validate(resource).map(({ severity, code, rule = '' }) => `${severity} ${code} ${rule}`)
  assert.deepEqual(
    new Set(found),
    new Set(['error extension-unknown ', 'error profile-unknown ', 'warning invariant-broken dom-6']),
  )
})

test('without FHIRPath the rules written by hand still hold, and the others are said to be unchecked', () => {
  const plain = new Validator({ definitions: standard })
  const issues = plain.validate({ ...fixture('resources/patient'), generalPractitioner: undefined })
  assert.ok(issues.some(({ rule, code }) => rule === 'dom-3' && code === 'invariant-broken'))
  assert.ok(issues.some(({ rule, code }) => rule === 'pat-1' && code === 'invariant-unchecked'))
})

test('a resource that is deeply nested does not overflow the stack', () => {
  let item: object = { linkId: 'x', type: 'display' }
  for (let depth = 0; depth < 500; depth++) item = { linkId: `d${depth}`, type: 'group', item: [item] }
  const issues = validator.validate({ resourceType: 'Questionnaire', status: 'active', item: [item] })
  assert.deepEqual(
    issues.filter(({ severity }) => severity === 'error'),
    [],
  )
})

test('a text stands for a code where a binding only says which codes are the largest set', () => {
  const patient = fixture('resources/patient')
  change(patient, { 'communication.0.language': { text: 'norsk tegnspråk' } })
  assert.deepEqual(validator.validate(patient), [])
})
