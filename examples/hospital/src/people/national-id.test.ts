import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSyntheticNationalId, syntheticNationalId } from './national-id.ts'

type Vectors = {
  readonly positive: readonly { value: string; series: string; validToday: boolean; valid2032: boolean }[]
  readonly negative: readonly { value: string; why: string }[]
}

const vectorFile = new URL('../../../../../shared/data/identifiers/no-vectors.json', import.meta.url)
const skip = existsSync(vectorFile) ? false : 'the shared data folder is not here'

test('the vectors of the synthetic series are judged as they should, today and by the rule of 2032', { skip }, () => {
  // The file's shape is described by its README.
  const { positive, negative } = JSON.parse(readFileSync(vectorFile, 'utf8')) as Vectors
  const ours = positive.filter(({ series }) => series.includes('+80') || series.includes('+65'))
  assert.ok(ours.length > 50)
  for (const { value, validToday, valid2032 } of ours) {
    assert.equal(isSyntheticNationalId(value), validToday, value)
    assert.equal(isSyntheticNationalId(value, '2032'), valid2032, value)
  }
  for (const { value, why } of negative) assert.equal(isSyntheticNationalId(value, '2032'), false, why)
  for (const { value, series } of positive) {
    if (!ours.some(vector => vector.value === value)) assert.equal(isSyntheticNationalId(value, '2032'), false, series)
  }
})

test('every generated number is a valid synthetic one of the +80 series, for that day and sex', () => {
  const days = fc.date({ min: new Date('1925-01-01'), max: new Date('2039-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(days, fc.constantFrom('F' as const, 'M' as const), fc.nat({ max: 40 }), (date, sex, serial) => {
      const birthDate = date.toISOString().slice(0, 10)
      const number = syntheticNationalId(birthDate, sex, serial)
      assert.ok(number !== undefined && isSyntheticNationalId(number))
      assert.equal(number.slice(0, 2), birthDate.slice(8))
      assert.equal(Number(number.slice(2, 4)), Number(birthDate.slice(5, 7)) + 80)
      assert.equal(Number(number[8]) % 2 === 1, sex === 'M')
    }),
  )
})

test('two serials of the same day give two numbers', () => {
  const numbers = Array.from({ length: 50 }, (_, serial) => syntheticNationalId('1999-12-01', 'F', serial))
  assert.equal(new Set(numbers).size, 50)
  assert.equal(syntheticNationalId('1999-12-01', 'F', 500), undefined)
})
