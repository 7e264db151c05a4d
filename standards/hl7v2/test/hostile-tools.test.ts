import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { loadDictionary } from '../src/dictionary/index.ts'
import {
  diff,
  explain,
  formatDiff,
  formatExplanation,
  fromJson,
  parse,
  parseBatch,
  redact,
  toJson,
} from '../src/index.ts'
import { formatXml, parseXml } from '../src/xml/index.ts'

const dictionary = await loadDictionary('2.5.1')
const header = 'MSH|^~\\&|A|B|||2026||ORU^R01^ORU_R01|1|P|2.5.1\r'
const many = 120_000

/** Each is far from any real message in one direction. */
const shapes: Readonly<Record<string, string>> = {
  fields: `PID${'|x'.repeat(many)}`,
  repetitions: `PID|||${'1^2~'.repeat(many)}`,
  components: `PID|||${'1^'.repeat(many)}`,
  subcomponents: `PID|||${'1&'.repeat(many)}`,
  digits: `PID|||${'7'.repeat(many)}`,
  words: `PID|||1||${'Kari '.repeat(many)}`,
  'stray escapes': `NTE|1||${'\\'.repeat(many + 1)}`,
  segments: 'OBX|1|NM|X||1\r'.repeat(many / 8),
  'lines that are no segments': 'x\r'.repeat(many / 8),
}

/** Quadratic work on these would take minutes; a loaded machine takes seconds for what is linear. */
const linearMs = 15_000

for (const [name, content] of Object.entries(shapes)) {
  test(`a message of nothing but ${name} is worked on in linear time and without an exception`, () => {
    const [a, b] = [parse(header + content), parse(header + content.replaceAll('1', '2'))]
    assert.ok(a.ok && b.ok)
    const keyedHash = (text: string): Uint8Array => createHmac('sha256', 'key').update(text).digest()
    const started = performance.now()
    formatDiff(diff(a.message, b.message))
    formatExplanation(explain(a.message, dictionary))
    redact(a.message, { dictionary, keyedHash })
    assert.ok(fromJson(toJson(a.message)).ok)
    parseXml(formatXml(a.message, dictionary).xml)
    assert.ok(performance.now() - started < linearMs)
  })
}

test('line ends without end in a batch header cost no more than they are long', () => {
  const started = performance.now()
  parseBatch(`FHS|^~\\&${'\r'.repeat(500_000)}x`)
  assert.ok(performance.now() - started < linearMs)
})
