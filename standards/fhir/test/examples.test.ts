import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { comparable } from '../scripts/comparable.ts'
import { exampleFiles, examplesMissing, isInstance } from '../scripts/examples-archive.ts'
import { refusedExamples } from '../scripts/refused-examples.ts'
import { formatJson, formatNdjsonLine, hasErrors, operationOutcome, parseJson, readNdjson } from '../src/index.ts'
import { loadValidator } from '../src/validation/index.ts'
import { loadXmlFormat } from '../src/xml/index.ts'

/** Two or three of HL7's examples of each resource type; `npm run check-examples -w standards/fhir` takes all 5,306. */
const sample = gunzipSync(readFileSync(join(import.meta.dirname, 'fixtures/examples-sample.ndjson.gz')))

type Resource = Readonly<Record<string, unknown>>

async function examples(): Promise<
  readonly { readonly line: string; readonly resource: Resource; readonly name: string }[]
> {
  const texts = new TextDecoder().decode(sample).split('\n')
  const all: { line: string; resource: Resource; name: string }[] = []
  for await (const read of readNdjson([sample])) {
    assert.ok(read.ok)
    const resource = read.value as Resource
    all.push({
      line: `${texts[read.lineNumber - 1]}\n`,
      resource,
      name: `${String(resource['resourceType'])}-${String(resource['id'])}`,
    })
  }
  return all
}

const validator = await loadValidator()
const refused = refusedExamples()

test('the official examples come back from JSON as they were, byte by byte', async () => {
  const all = await examples()
  assert.ok(all.length > 250)
  for (const { line, resource, name } of all) assert.equal(formatNdjsonLine(resource), line, name)
})

test('the official examples come back from XML as they were', async () => {
  const xml = await loadXmlFormat()
  for (const { resource, name } of await examples()) {
    const written = xml.format(resource)
    assert.ok(written.ok, `${name}: ${JSON.stringify(written)}`)
    const read = xml.parse(written.value)
    assert.ok(read.ok, `${name}: ${JSON.stringify(read)}`)
    assert.deepEqual(comparable(read.value), comparable(resource), name)
    assert.deepEqual(xml.format(read.value), written, name)
  }
})

test('the official examples are valid, but for those that are listed with the reason', async () => {
  for (const { resource, name } of await examples()) {
    const issues = validator.validate(resource).filter(({ severity }) => severity === 'error')
    assert.equal(issues.length > 0, refused.has(name), `${name}: ${JSON.stringify(issues)}`)
  }
})

const DEFINITION = /^(SearchParameter|ValueSet|CodeSystem|StructureDefinition)-/

/** Every example of an instance, and every fifth of the standard's thousands of definitions: all of them take the script's minutes. */
function isTaken(name: string, index: number): boolean {
  return isInstance(name) && (!DEFINITION.test(name) || index % 5 === 0)
}

test('the official examples that were fetched are valid, but for those that are listed', {
  skip: examplesMissing,
}, () => {
  let count = 0
  let index = 0
  for (const { name, text } of exampleFiles(one => isTaken(one, index++))) {
    count++
    const parsed = parseJson(text)
    assert.ok(parsed.ok, name)
    const file = name.replace('.json', '')
    assert.equal(hasErrors(validator.validate(parsed.value)), refused.has(file), file)
  }
  assert.ok(count > 1500)
})

test('what is wrong is told in a valid OperationOutcome', () => {
  const outcomes = [
    operationOutcome([]),
    operationOutcome(validator.validate({ resourceType: 'Patient', gender: 'x', contact: [{ gender: 'male' }] })),
    operationOutcome(positionedIssues()),
  ]
  for (const outcome of outcomes) assert.deepEqual(validator.validate(JSON.parse(formatJson(outcome))), [])
  assert.equal(outcomes[1]?.issue[0]?.code, 'code-invalid')
  assert.deepEqual(outcomes[1]?.issue[0]?.expression, ['Patient.gender'])
})

function positionedIssues(): Parameters<typeof operationOutcome>[0] {
  const parsed = parseJson('{"resourceType":"Patient",\n"a":1,"a":2}')
  assert.ok(!parsed.ok)
  return parsed.issues
}
