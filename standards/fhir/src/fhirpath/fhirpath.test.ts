import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '../json/parse-json.ts'
import type { JsonObject } from './index.ts'
import { check, run } from './test/run-expression.ts'

test('paths go through arrays, choices and the objects beside primitives', () => {
  check([
    ['Patient.name.given', ['Åse', 'Bjørg', 'Åse']],
    ['name.family', ['Ødegård', 'Hansen']],
    ['name[1].family', ['Hansen']],
    ['name[5].family', []],
    ['Observation.code', []],
    ['Resource.id', ['p1']],
    ['DomainResource.active', [true]],
    ['deceased', [false]],
    ['deceasedBoolean', []],
    ['birthDate.extension.value', ['1971-08-13T04:05:00+01:00']],
    ["birthDate.extension('http://example.org/time').value is dateTime", [true]],
    ['`name`.`use`', ['official', 'maiden']],
    ['contained.name', ['Legekontoret']],
    ['nothing.at.all', []],
  ])
})

test('a primitive with extensions alone has no value, but is there', () => {
  const only: JsonObject = { resourceType: 'Patient', _birthDate: { extension: [{ url: 'u', valueCode: 'unknown' }] } }
  assert.deepEqual(run('birthDate.exists()', only), [true])
  assert.deepEqual(run('birthDate.hasValue()', only), [false])
  assert.deepEqual(run('birthDate = @1971', only), [])
  const some: JsonObject = { resourceType: 'Patient', name: [{ given: ['A', null, 'C'], _given: [null, { id: 'b' }] }] }
  assert.deepEqual(run('name.given.count()', some), [3])
  assert.deepEqual(run('name.given.where(hasValue())', some), ['A', 'C'])
  assert.deepEqual(run('name.given.id', some), ['b'])
})

test('types are tested and narrowed as the model says', () => {
  check([
    ['Patient is DomainResource', [true]],
    ['Patient is FHIR.Patient', [true]],
    ['Patient.is(Observation)', [false]],
    ['gender is code', [true]],
    ['gender is string', [true]],
    ['active is boolean', [true]],
    ['active is System.Boolean', [false]],
    ['true is Boolean', [true]],
    ['1.is(Integer)', [true]],
    ['deceased.ofType(boolean)', [false]],
    ['deceased.ofType(dateTime)', []],
    ['(deceased as boolean)', [false]],
    ['name.type().name', ['HumanName', 'HumanName']],
    ['active.type().namespace', ['FHIR']],
    ['1.type().namespace', ['System']],
    ['children().count()', [11]],
    ['descendants().ofType(HumanName).family', ['Ødegård', 'Hansen']],
    ['active is Nothing', 'type-unknown'],
  ])
})

test('collections are filtered, projected, joined and counted', () => {
  check([
    ["name.where(use = 'maiden').family", ['Hansen']],
    ['name.select(given.first())', ['Åse', 'Åse']],
    ['name.given.distinct()', ['Åse', 'Bjørg']],
    ['name.given.isDistinct()', [false]],
    ['name.given | name.family', ['Åse', 'Bjørg', 'Ødegård', 'Hansen']],
    ['name.family.combine(name.family).count()', [4]],
    ['name.given.first()', ['Åse']],
    ['name.given.last()', ['Åse']],
    ['name.given.tail()', ['Bjørg', 'Åse']],
    ['name.given.skip(1).take(1)', ['Bjørg']],
    ["name.given.exclude('Åse')", ['Bjørg']],
    ["name.given.intersect('Åse' | 'x')", ['Åse']],
    ["('Åse').subsetOf(name.given)", [true]],
    ['name.exists(given.count() = 2)', [true]],
    ['name.all(given.exists())', [true]],
    ['name.select(given.exists()).allTrue()', [true]],
    ['{}.exists()', [false]],
    ['name.single()', 'single-item-expected'],
    ["'Bjørg' in name.given", [true]],
    ["name.given contains 'Kari'", [false]],
    ['(1 | 2 | 3).aggregate($this + $total, 0)', [6]],
    ['(3 | 1 | 2).sort(-$this)', [3, 2, 1]],
    ['name.select($index)', [0, 1]],
    ["name.given.join(' ')", ['Åse Bjørg Åse']],
  ])
})

test('repeat follows a tree to its leaves, and stops where it comes round', () => {
  const questionnaire: JsonObject = {
    resourceType: 'Questionnaire',
    item: [{ linkId: '1', item: [{ linkId: '1.1', item: [{ linkId: '1.1.1' }] }] }, { linkId: '2' }],
  }
  assert.deepEqual(run('repeat(item).linkId', questionnaire), ['1', '2', '1.1', '1.1.1'])
  assert.deepEqual(run('(1 | 2).repeat(iif($this < 4, $this + 1, 1))'), [2, 3, 4, 1])
})

test('logic has three values', () => {
  const table: readonly (readonly [string, readonly unknown[]])[] = [
    ['true and {}', []],
    ['false and {}', [false]],
    ['{} and false', [false]],
    ['true or {}', [true]],
    ['{} or false', []],
    ['true xor {}', []],
    ['true xor false', [true]],
    ['false implies {}', [true]],
    ['{} implies true', [true]],
    ['true implies {}', []],
    ['{}.not()', []],
    ['name.empty() or active', [true]],
    ["'a' and true", [true]],
  ]
  check(table)
  assert.equal(run('name and true'), 'single-item-expected')
})

test('numbers are exact, and trailing zeros stay', () => {
  check([
    ['0.1 + 0.2 = 0.3', [true]],
    ['1.10', ['1.10']],
    ['1.10 = 1.1', [true]],
    ['1.10 * 2', ['2.20']],
    ['1 / 3', ['0.33333333333333333333']],
    ['7 div 2', [3]],
    ['-7 mod 3', [-1]],
    ['5 mod 0', []],
    ['1 / 0', []],
    ['2147483647 + 1', []],
    ['1 + 2 * 3 - 4', [3]],
    ['(1 + 2) * 3', [9]],
    ['-1.abs()', [-1]],
    ['(-1).abs()', [1]],
    ['2.power(10)', [1024]],
    ['(-1.5).floor()', [-2]],
    ['1.2.ceiling()', [2]],
    ['3.14159.round(2)', ['3.14']],
    ['81.sqrt()', ['9']],
    ["1 + 'a'", 'type-mismatch'],
  ])
  const observation = parseJson('{"resourceType":"Observation","valueQuantity":{"value":1.10,"unit":"mg"}}')
  assert.ok(observation.ok)
  // What was parsed is a resource.
  const resource = observation.value as JsonObject
  assert.deepEqual(run('value.value', resource), ['1.10'])
  assert.deepEqual(run('value.value.precision()', resource), [2])
  assert.deepEqual(run("value ~ 1.1 'mg'", resource), [true])
})

test('dates compare as far as both are known', () => {
  check([
    ['birthDate < @1980', [true]],
    ['birthDate = @1971-08-13', [true]],
    ['birthDate = @1971-08', []],
    ['birthDate > @1971', []],
    ['birthDate != @1972-01', [true]],
    ['@2012-04-15T10:00:00Z = @2012-04-15T12:00:00+02:00', [true]],
    ['@2012-04-15T10:00:00Z > @2012-04-15T10:00:00', []],
    ['@2012-04-15T10:00:00Z > @2012-04-10T10:00:00', [true]],
    ['@2012-01 ~ @2012', [false]],
    ['@T10:30 < @T10:31', [true]],
    ['@T10:30 < @T10', []],
    ['@2012 < @T10', 'type-mismatch'],
    ["birthDate = '1971-08-13'", [true]],
    ['@2012-01-31 + 1 month', ['2012-02-29']],
    ['@2012-01-01 - 1 day', ['2011-12-31']],
    ['@2012 + 18 months', ['2013']],
    ['@T23:30 + 1 hour', ['00:30']],
    ["@2012-01-01 + 1 'mo'", 'type-mismatch'],
    ['@2012-02-30', 'syntax-invalid'],
    ['@2010-10-10T10:30.lowBoundary(17)', ['2010-10-10T10:30:00.000+14:00']],
    ['@2014.highBoundary(6)', ['2014-12']],
    ['1.587.lowBoundary(8)', ['1.58650000']],
  ])
})

test('quantities compare in one unit, by the calendar, and by a port', () => {
  const ucum = {
    canonical: (value: string, unit: string) =>
      unit === 'mg' ? { value: String(Number(value) / 1000), unit: 'g' } : unit === 'g' ? { value, unit } : undefined,
  }
  check(
    [
      ["4 'g' = 4000 'mg'", [true]],
      ["4 'g' > 3999 'mg'", [true]],
      ["1 'g' = 1 'm'", []],
      ['1 day = 24 hours', [true]],
      ['1 year = 12 months', [true]],
      ["1 year = 1 'a'", []],
      ["1 year ~ 1 'a'", [true]],
      ["1 'mg' + 2 'mg'", ["3 'mg'"]],
      ["2 'cm' * 3", ["6 'cm'"]],
    ],
    { ports: { ucum } },
  )
  check([["4 'g' = 4000 'mg'", []]])
})
