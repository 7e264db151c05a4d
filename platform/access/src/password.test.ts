import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPassword, decoyHash, defaultPasswordCost, generatePassword, hashPassword } from './password.ts'

const cheap = { ln: 4, r: 8, p: 1 }

test('a hash names its parameters and holds a salt of its own', async () => {
  const [a, b] = await Promise.all([hashPassword('sommer', cheap), hashPassword('sommer', cheap)])
  assert.match(a, /^\$scrypt\$ln=4,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(a, b)
})

test('the right password is right, any other is wrong', async () => {
  const stored = await hashPassword('sommer på Skøyen', cheap)
  assert.equal(await checkPassword('sommer på Skøyen', stored, cheap), 'right')
  assert.equal(await checkPassword('sommer på Skoyen', stored, cheap), 'wrong')
  assert.equal(await checkPassword('', stored, cheap), 'wrong')
})

test('a letter and its accent may be typed as one character or as two', async () => {
  const stored = await hashPassword('på'.normalize('NFC'), cheap)
  assert.equal(await checkPassword('på'.normalize('NFD'), stored, cheap), 'right')
})

test('a hash with another cost is right but outdated', async () => {
  const stored = await hashPassword('sommer', cheap)
  assert.equal(await checkPassword('sommer', stored, { ...cheap, p: 2 }), 'outdated')
})

test('the default cost works', async () => {
  const stored = await hashPassword('sommer', defaultPasswordCost)
  assert.equal(await checkPassword('sommer', stored, defaultPasswordCost), 'right')
})

test('nothing fits a decoy or a text that is no hash', async () => {
  for (const stored of [decoyHash(cheap), '', 'sommer', '$scrypt$ln=4,r=8,p=1$a', '$2b$10$abc']) {
    assert.equal(await checkPassword('sommer', stored, cheap), 'wrong')
  }
})

test('generated passwords are 20 characters that nobody mistakes, and differ', () => {
  const made = Array.from({ length: 1_000 }, generatePassword)
  for (const password of made) assert.match(password, /^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/)
  assert.equal(new Set(made).size, 1_000)
})
