import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadDictionary } from '../src/dictionary/index.ts'
import { parse } from '../src/index.ts'
import { validate } from '../src/validation/index.ts'
import { corpusMessages, corpusMissing } from './corpus.ts'

const DOCUMENT = join(import.meta.dirname, '../../../docs/reference/hl7-validation-findings.md')
const ROW = /^\| `([a-z-]+)` \| (\d+) \| (error|warning|information|–) \| (error|warning|information|–) \|/gm

/** Findings of the corpus by code, with the severity at each level. */
async function countFindings(level: 'strict' | 'lenient'): Promise<Map<string, { count: number; severity: string }>> {
  const counts = new Map<string, { count: number; severity: string }>()
  for (const { message } of corpusMessages()) {
    const parsed = parse(message)
    if (!parsed.ok) continue
    const dictionary = await loadDictionary(parsed.message.version)
    const { issues } = validate(parsed.message, dictionary, { level, parseIssues: parsed.issues })
    for (const { code, severity } of issues) {
      const known = counts.get(code) ?? { count: 0, severity }
      counts.set(code, { count: known.count + 1, severity })
    }
  }
  return counts
}

test('the corpus has the findings that were reviewed, no more and no fewer', { skip: corpusMissing }, async () => {
  const strict = await countFindings('strict')
  const lenient = await countFindings('lenient')
  const found = [...strict].map(([code, { count, severity }]) => {
    return { code, count, strict: severity, lenient: lenient.get(code)?.severity ?? '–' }
  })
  const reviewed = Array.from(readFileSync(DOCUMENT, 'utf8').matchAll(ROW), ([, code, count, atStrict, atLenient]) => {
    return { code, count: Number(count), strict: atStrict, lenient: atLenient }
  })
  const byCode = (a: { code?: string | undefined }, b: { code?: string | undefined }): number =>
    (a.code ?? '').localeCompare(b.code ?? '')
  assert.deepEqual(found.toSorted(byCode), reviewed.toSorted(byCode))
})

test('lenient has an error only for messages that do not say what they are', { skip: corpusMissing }, async () => {
  const lenient = await countFindings('lenient')
  const errors = [...lenient].filter(([, { severity }]) => severity === 'error').map(([code]) => code)
  assert.deepEqual(errors, ['message-type-missing'])
})
