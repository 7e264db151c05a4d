import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadUcum } from './ucum.ts'

const ucum = loadUcum()

test('the same amount in two units is the same number of the same base unit', () => {
  for (const [value, unit, other, otherUnit] of [
    ['1', 'g', '1000', 'mg'],
    ['6.3', 'mmol/L', '6300', 'umol/L'],
    ['0.1', 'g/dL', '100', 'mg/dL'],
    ['37', 'Cel', '310.15', 'K'],
    ['98.6', '[degF]', '37', 'Cel'],
    ['120', 'mm[Hg]', '12', 'cm[Hg]'],
    ['5', '%', '0.05', '1'],
    ['72', '{beats}/min', '1.2', '/s'],
    ['4.5', '10*9/L', '4500000', '/mL'],
  ] as const) {
    assert.deepEqual(ucum.canonical(value, unit), ucum.canonical(other, otherUnit), `${value} ${unit}`)
  }
})

test('amounts have no exponent in their text', () => {
  assert.deepEqual(ucum.canonical('1', 'g'), { value: '1', unit: 'g' })
  assert.deepEqual(ucum.canonical('1', 'ng'), { value: '0.000000001', unit: 'g' })
  assert.equal(ucum.canonical('-1', 'mol')?.value, `-60221367${'0'.repeat(16)}`)
})

test('arbitrary units, logarithms and what is no unit have no base unit', () => {
  for (const unit of ['[iU]/L', '[pH]', 'dB', 'no unit', '', 'x'.repeat(1000), '__proto__']) {
    assert.equal(ucum.canonical('1', unit), undefined, unit)
  }
})
