/**
 * `node scripts/pack-sample.ts`: a few of HL7's examples of every resource type into `test/fixtures`, so that the tests have real
 * instances on a machine that has not fetched them all. They are stored as they are written by `formatJson`: decimals keep their digits.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { formatJson, parseJson } from '../src/index.ts'
import { exampleFiles, isInstance } from './examples-archive.ts'

const PER_TYPE = 3
const CHARACTERS_MAX = 40_000

const byType = new Map<string, string[]>()
for (const { name, text } of exampleFiles(isInstance)) {
  const parsed = parseJson(text)
  if (!parsed.ok) throw new Error(`${name}: ${parsed.issues[0]?.text}`)
  const line = formatJson(parsed.value)
  const type = name.slice(0, name.indexOf('-'))
  if (line.length <= CHARACTERS_MAX) byType.set(type, [...(byType.get(type) ?? []), line])
}
const lines = [...byType].flatMap(([, all]) =>
  all.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(-PER_TYPE),
)
const target = join(import.meta.dirname, '../test/fixtures/examples-sample.ndjson.gz')
writeFileSync(target, gzipSync(`${lines.join('\n')}\n`, { level: 9 }))
console.log(`${lines.length} examples of ${byType.size} types`)
