import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatJson, parseJson } from '@samband/fhir'
import { loadValidator } from '@samband/fhir/validation'
import { parse } from '@samband/hl7v2'
import { toFhir } from '../src/index.ts'

const FOLDER = join(import.meta.dirname, '../../../../shared/data/hl7v2/messages')
const skip = existsSync(FOLDER) ? false : 'the message collections are not here'

test('every message of the collections becomes a Bundle without errors, and twice the same one', { skip }, async () => {
  const validator = await loadValidator()
  let mapped = 0
  for (const file of readdirSync(FOLDER).filter(name => name.endsWith('l'))) {
    const lines = readFileSync(join(FOLDER, file), 'utf8')
      .split('\n')
      .filter(line => line.trim() !== '')
    for (const line of lines) {
      const { src, msg } = JSON.parse(line) as { src: string; msg: string }
      const message = parse(msg)
      if (!message.ok) continue
      const { bundle, map } = toFhir(message.message)
      if (map === undefined) continue
      mapped++
      const text = formatJson(bundle)
      assert.equal(formatJson(toFhir(message.message).bundle), text, src)
      const read = parseJson(text)
      assert.ok(read.ok, src)
      const errors = validator.validate(read.value).filter(({ severity }) => severity === 'error')
      assert.deepEqual(errors, [], src)
    }
  }
  assert.ok(mapped >= 350, `${mapped} messages were mapped`)
})

test('no damage to a message makes the map throw', { skip }, () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed % below
  }
  const lines = readdirSync(FOLDER).flatMap(name =>
    name.endsWith('l') ? readFileSync(join(FOLDER, name), 'utf8').split('\n').slice(0, 40) : [],
  )
  for (const line of lines.filter(text => text.trim() !== '')) {
    let { msg } = JSON.parse(line) as { msg: string }
    for (let i = 0; i < 12; i++) {
      const at = 8 + random(Math.max(1, msg.length - 8))
      const cut = random(2) === 0 ? 1 + random(4) : 0
      msg = `${msg.slice(0, at)}${cut === 0 ? '|^~&\\"'.charAt(random(6)) : ''}${msg.slice(at + cut)}`
      const message = parse(msg)
      if (message.ok) assert.ok(Array.isArray(toFhir(message.message).bundle.entry))
    }
  }
})
