import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isNationalNumber } from './national-number.ts'
import { Pseudonyms } from './pseudonyms.ts'

const pseudonyms = new Pseudonyms(text => createHmac('sha256', 'key').update(text).digest())
const vectors = join(import.meta.dirname, '../../../../../../shared/data/identifiers/no-vectors.json')

describe('pseudonyms', () => {
  test('the same name in other capitals is the same pseudonym in those capitals', () => {
    const name = pseudonyms.familyName('Hansen')
    assert.equal(pseudonyms.familyName('HANSEN'), name.toUpperCase())
    assert.equal(pseudonyms.familyName(' Hansen').trim(), name)
    assert.equal(pseudonyms.givenName('Anne Marie').split(' ')[0], pseudonyms.givenName('Anne'))
  })

  test('another key gives other pseudonyms', () => {
    const others = new Pseudonyms(text => createHmac('sha256', 'other').update(text).digest())
    assert.notEqual(others.identifier('1234567'), pseudonyms.identifier('1234567'))
    assert.throws(() => new Pseudonyms(() => new Uint8Array(4)), RangeError)
  })

  test('an identifier keeps its shape and is never itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Za-z -]{1,20}$/), text => {
        const id = text.trim()
        const shape = (value: string): string =>
          value.replaceAll(/\d/g, '0').replaceAll(/[A-Z]/g, 'A').replaceAll(/[a-z]/g, 'a')
        assert.equal(shape(pseudonyms.identifier(text)), shape(id))
        if (/[0-9A-Za-z]/.test(id)) assert.notEqual(pseudonyms.identifier(text), id)
      }),
    )
  })

  test('different identifiers of one shape stay different', () => {
    const all = Array.from({ length: 1000 }, (_, i) => pseudonyms.identifier(String(i).padStart(3, '0')))
    // One number that the permutation would leave alone shares the pseudonym of its neighbour.
    assert.ok(new Set(all).size >= 995)
  })

  test('a birth date moves by less than a year and keeps its precision', () => {
    const moved = pseudonyms.birthDate('19850715')
    assert.match(moved, /^198[4-6]\d{4}$/)
    assert.notEqual(moved, '19850715')
    assert.match(pseudonyms.birthDate('1985071512+0100'), /^198[4-6]\d{6}\+0100$/)
    assert.match(pseudonyms.birthDate('1985'), /^198[34678]$|^1987$/)
    assert.equal(pseudonyms.birthDate('Aug 15, 1942'), '')
  })

  test('moments of one person keep the time between them', () => {
    const first = pseudonyms.moment('20260110', 'p1')
    const second = pseudonyms.moment('20260111', 'p1')
    assert.equal(
      Date.parse(`${second.slice(0, 4)}-${second.slice(4, 6)}-${second.slice(6)}`) -
        Date.parse(`${first.slice(0, 4)}-${first.slice(4, 6)}-${first.slice(6)}`),
      86_400_000,
    )
  })

  const skip = existsSync(vectors) ? false : 'no vectors of Norwegian national numbers'
  test('Norwegian national numbers become valid ones of the +80 series, born on the pseudonymous day', { skip }, () => {
    const { positive, negative } = JSON.parse(readFileSync(vectors, 'utf8')) as {
      positive: { value: string; birthDate: string | null; type: string }[]
      negative: { value: string }[]
    }
    for (const { value, birthDate, type } of positive) {
      assert.ok(isNationalNumber(value), value)
      const pseudonym = pseudonyms.identifier(value)
      assert.ok(isNationalNumber(pseudonym), pseudonym)
      assert.notEqual(pseudonym, value)
      if (birthDate === null) continue
      const born = pseudonyms.birthDate(birthDate.replaceAll('-', ''))
      const day = Number(pseudonym.slice(0, 2)) - (type.startsWith('dnr') ? 40 : 0)
      assert.equal(Number(pseudonym.slice(2, 4)) - 80, Number(born.slice(4, 6)))
      assert.equal(day, Number(born.slice(6, 8)))
      assert.equal(pseudonym.slice(4, 6), born.slice(2, 4))
      assert.equal(Number(pseudonym[8]) % 2, Number(value[8]) % 2)
      assert.equal(pseudonyms.identifier(`${value.slice(0, 6)} ${value.slice(6)}`), pseudonym)
    }
    for (const { value } of negative) assert.equal(isNationalNumber(value), false, value)
  })
})
