/**
 * `npm run check-examples -w standards/fhir`: every one of HL7's examples is read, written and read again as JSON and as XML, and validated.
 * What the validator refuses must be what `test/refused-examples.json` lists with the reason, no more and no less. Takes minutes;
 * `--json-only` leaves XML out. Exit code 1 where anything differs.
 */
import { isDeepStrictEqual } from 'node:util'
import { formatJson, hasErrors, parseJson } from '../src/index.ts'
import { loadValidator } from '../src/validation/index.ts'
import { loadXmlFormat } from '../src/xml/index.ts'
import { comparable } from './comparable.ts'
import { exampleFiles, examplesMissing } from './examples-archive.ts'
import { refusedExamples } from './refused-examples.ts'

async function main(): Promise<void> {
  if (examplesMissing !== false) {
    console.log(`SKIPPED: ${examplesMissing}`)
    return
  }
  const validator = await loadValidator()
  const xml = process.argv.includes('--json-only') ? undefined : await loadXmlFormat()
  const refused = refusedExamples()
  const problems: string[] = []
  let count = 0
  for (const { name, text } of exampleFiles()) {
    count++
    const file = name.replace('.json', '')
    const parsed = parseJson(text, { depthMax: 256 })
    if (!parsed.ok) {
      problems.push(`${file} cannot be read: ${parsed.issues[0]?.text}`)
      continue
    }
    const again = parseJson(formatJson(parsed.value))
    if (!again.ok || !isDeepStrictEqual(again.value, parsed.value))
      problems.push(`${file} changes when it is written as JSON`)
    if (xml !== undefined) problems.push(...xmlProblems(xml, file, parsed.value))
    const isRefused = hasErrors(validator.validate(parsed.value))
    if (isRefused && !refused.delete(file)) problems.push(`${file} is refused and not listed`)
  }
  for (const file of refused) problems.push(`${file} is listed as refused and is not`)
  for (const problem of problems) console.log(problem)
  console.log(`${count} examples, ${problems.length} problems`)
  if (problems.length > 0) process.exitCode = 1
}

function xmlProblems(xml: Awaited<ReturnType<typeof loadXmlFormat>>, file: string, value: unknown): string[] {
  const written = xml.format(value)
  if (!written.ok) return [`${file} cannot be written as XML: ${written.issues[0]?.text} (${written.issues[0]?.path})`]
  const read = xml.parse(written.value, { bytesMax: Number.MAX_SAFE_INTEGER })
  if (!read.ok) return [`${file} cannot be read as XML: ${read.issues[0]?.text} (${read.issues[0]?.path})`]
  const second = xml.format(read.value)
  const isSame =
    second.ok && second.value === written.value && isDeepStrictEqual(comparable(read.value), comparable(value))
  return isSame ? [] : [`${file} changes when it is written as XML`]
}

await main()
