import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { accessContext } from '../../test/access-context.ts'
import type { AccessKind } from './caller.ts'
import { parseScopes } from './scopes.ts'
import { type CallerContext, callerOfClaims } from './token-caller.ts'

const letters: readonly (readonly [AccessKind, string])[] = [
  ['create', 'c'],
  ['read', 'r'],
  ['update', 'u'],
  ['delete', 'd'],
  ['search', 's'],
]

describe('scopes', () => {
  let context: CallerContext
  before(async () => {
    context = await accessContext()
  })

  for (const [written, level, type, kinds, query] of [
    ['system/*.cruds', 'system', '*', 'cruds', undefined],
    ['user/Observation.rs', 'user', 'Observation', 'rs', undefined],
    ['patient/Observation.r', 'patient', 'Observation', 'r', undefined],
    ['patient/Patient.cud', 'patient', 'Patient', 'cud', undefined],
    ['patient/*.read', 'patient', '*', 'rs', undefined],
    ['user/Condition.write', 'user', 'Condition', 'cud', undefined],
    ['system/*.*', 'system', '*', 'cruds', undefined],
    ['patient/Observation.rs?category=laboratory', 'patient', 'Observation', 'rs', 'category=laboratory'],
    [
      'user/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis',
      'user',
      'Condition',
      'rs',
      'category=http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis',
    ],
    ['patient/*.rs?_tag=urn:a|b', 'patient', '*', 'rs', '_tag=urn:a|b'],
  ] as const) {
    test(`${written} is understood`, () => {
      const { scopes, issues } = parseScopes(written, context)
      assert.deepEqual(issues, [])
      const [scope] = scopes
      assert.ok(scope)
      assert.equal(scope.level, level)
      assert.equal(scope.type, type)
      assert.equal(scope.query, query)
      assert.equal(letters.flatMap(([kind, letter]) => (scope.kinds.has(kind) ? [letter] : [])).join(''), kinds)
    })
  }

  for (const [written, code] of [
    ['patient/Observation', 'scope-malformed'],
    ['patient/.rs', 'scope-malformed'],
    ['patient/Observation.', 'scope-permission-unknown'],
    ['patient/Observation.sr', 'scope-permission-unknown'],
    ['patient/Observation.rr', 'scope-permission-unknown'],
    ['patient/Observation.reads', 'scope-permission-unknown'],
    ['patient/Observation.RS', 'scope-permission-unknown'],
    ['patient/Observations.rs', 'scope-type-unknown'],
    ['user/constructor.rs', 'scope-type-unknown'],
    ['patient/Observation.read?category=laboratory', 'scope-malformed'],
    ['patient/Observation.rs?', 'scope-query-unsupported'],
    ['patient/Observation.rs?nonsense=1', 'scope-query-unsupported'],
    ['patient/Observation.rs?_include=Observation:subject', 'scope-query-unsupported'],
    ['patient/Observation.rs?code=1&_count=5', 'scope-query-unsupported'],
    ['patient/Observation.rs?subject.name=eve', 'scope-query-unsupported'],
    ['patient/Patient.rs?_has:Observation:patient:code=1', 'scope-query-unsupported'],
    ['patient/Observation.rs?code:in=http://example.org/vs', 'scope-query-unsupported'],
    ['patient/Observation.rs?code:below=1', 'scope-query-unsupported'],
    ['patient/Observation.rs?_content=fever', 'scope-query-unsupported'],
    ['patient/Observation.rs?_list=1', 'scope-query-unsupported'],
    ['patient/Observation.rs?_filter=subject.name+eq+eve', 'scope-query-unsupported'],
    ['patient/Observation.rs?date=%FF', 'scope-query-unsupported'],
  ] as const) {
    test(`${written} grants nothing and is reported`, () => {
      const { scopes, issues } = parseScopes(written, context)
      assert.deepEqual(scopes, [])
      assert.deepEqual(
        issues.map(issue => issue.code),
        [code],
      )
    })
  }

  test('scopes of other kinds are passed over, and what is wrong does not take the rest with it', () => {
    const text =
      'openid fhirUser launch/patient offline_access  patient/Observation.rs patient/Nothing.rs user/Patient.r'
    const { scopes, issues } = parseScopes(text, context)
    assert.deepEqual(
      scopes.map(({ level, type }) => `${level}/${type}`),
      ['patient/Observation', 'user/Patient'],
    )
    assert.equal(issues.length, 1)
  })

  test('no more scopes are read than a token may have', () => {
    const many = Array.from({ length: 1_001 }, (_, n) => `patient/Observation.rs?code=${n}`)
    const { scopes, issues } = parseScopes(many, context)
    assert.equal(scopes.length, 1_000)
    assert.equal(issues[0]?.code, 'scopes-too-many')
  })

  describe('what they give', () => {
    const access = (scope: string, kind: AccessKind, type: string, claims: object = { patient: 'p1' }): unknown =>
      callerOfClaims({ scope, ...claims }, context).access(kind, type)
    const own = [{ compartment: { type: 'Patient', id: 'p1' } }]

    for (const [scope, kind, type, expected] of [
      ['system/*.rs', 'read', 'Observation', 'all'],
      ['system/*.rs', 'create', 'Observation', 'none'],
      ['user/Observation.r', 'read', 'Observation', 'all'],
      ['user/Observation.r', 'search', 'Observation', 'none'],
      ['user/Observation.r', 'read', 'Patient', 'none'],
      ['patient/*.rs', 'read', 'Observation', own],
      ['patient/*.rs', 'search', 'Patient', own],
      ['patient/*.rs', 'read', 'Practitioner', 'all'],
      ['patient/*.cruds', 'update', 'Practitioner', 'none'],
      ['patient/*.cruds', 'read', 'Binary', own],
      ['patient/*.cruds', 'read', 'MessageHeader', 'none'],
      ['patient/*.cruds', 'read', 'Bundle', 'none'],
      ['patient/*.cruds', 'read', 'Subscription', 'none'],
      ['patient/*.rs', 'read', 'Task', [{ query: 'patient=Patient/p1' }]],
      ['patient/*.rs', 'read', 'Device', [{ query: 'patient=Patient/p1' }, { query: 'patient:missing=true' }]],
      ['patient/*.cruds', 'update', 'Device', [{ query: 'patient=Patient/p1' }]],
      [
        'patient/Observation.rs?category=laboratory patient/Observation.r?category=vital-signs',
        'read',
        'Observation',
        [
          { ...own[0], query: 'category=laboratory' },
          { ...own[0], query: 'category=vital-signs' },
        ],
      ],
      ['patient/Observation.rs patient/*.rs', 'read', 'Observation', own],
      ['patient/Observation.rs user/Observation.rs', 'read', 'Observation', 'all'],
      ['system/Practitioner.rs?active=true', 'read', 'Practitioner', [{ query: 'active=true' }]],
      ['', 'read', 'Observation', 'none'],
    ] as const) {
      test(`"${scope}" gives to ${kind} ${type}: ${JSON.stringify(expected)}`, () => {
        assert.deepEqual(access(scope, kind, type), expected)
        assert.deepEqual(access(scope, kind, type), expected)
      })
    }

    test('scopes for a patient give nothing without a patient, or with one that is no id', () => {
      for (const claims of [
        {},
        { patient: '' },
        { patient: 'Patient/p1' },
        { patient: 'p1&subject=x' },
        { patient: 7 },
      ]) {
        assert.equal(access('patient/*.rs', 'read', 'Observation', claims), 'none')
        assert.equal(access('patient/*.rs', 'read', 'Practitioner', claims), 'none')
      }
    })

    test('what a user may see restricts scopes of level user, together with their query', () => {
      const caller = callerOfClaims(
        { sub: 'u1', fhirUser: 'Practitioner/7', scope: 'user/Observation.rs?code=1' },
        context,
        user => {
          assert.equal(user.fhirUser, 'Practitioner/7')
          return [{ query: '_security=urn:s|ward-7' }]
        },
      )
      assert.deepEqual(caller.access('read', 'Observation'), [{ query: '_security=urn:s|ward-7&code=1' }])
      assert.equal(caller.access('read', 'Patient'), 'none')
      assert.deepEqual([caller.actor, caller.actorKind], ['Practitioner/7', 'person'])
    })

    for (const [fhirUser, expected] of [
      ['Patient/p1', own],
      ['https://hub.example.org/fhir/Patient/p1', own],
      ['https://elsewhere.example.org/fhir/Patient/p1', 'none'],
      ['Patient/p 1', 'none'],
      ['RelatedPerson/r1', 'none'],
      ['nobody', 'none'],
      ['Practitioner/7', 'all'],
      ['https://elsewhere.example.org/fhir/Practitioner/7', 'all'],
      [undefined, 'all'],
    ] as const) {
      test(`scopes of level user reach for ${fhirUser ?? 'a user without resource'}: ${JSON.stringify(expected)}`, () => {
        assert.deepEqual(access('user/*.rs', 'read', 'Observation', { sub: 'u1', fhirUser }), expected)
      })
    }

    test('a client that acts for itself is no person, and scopes may be a list', () => {
      const caller = callerOfClaims({ sub: 'loader', client_id: 'loader', scp: ['system/*.c'] }, context)
      assert.deepEqual([caller.actor, caller.actorKind], ['loader', 'token'])
      assert.equal(caller.access('create', 'Patient'), 'all')
    })
  })
})
