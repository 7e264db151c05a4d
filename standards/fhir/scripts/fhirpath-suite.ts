/**
 * `node standards/fhir/scripts/fhirpath-suite.ts <tests-fhir-r4.xml> <folder>`: HL7's FHIRPath test suite (r4/fhirpath of
 * github.com/FHIR/fhir-test-cases; the folder has its inputs as JSON). Prints every test that we answer otherwise, and how
 * many passed. Exit code 1 when one failed that is not among the known differences.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { loadTypes } from '../src/definitions/index.ts'
import {
  createFhirPathCompiler,
  Decimal,
  FhirNode,
  isJsonObject,
  type Item,
  type JsonObject,
  modelFromStructureDefinitions,
  systemValue,
} from '../src/fhirpath/index.ts'

interface SuiteTest {
  readonly name: string
  readonly input: string
  readonly isPredicate: boolean
  expression: string
  isInvalid: boolean
  readonly outputs: string[]
}

/** Groups and tests that we answer otherwise, and why. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /^(testSimpleFail|testSimpleWithWrongContext|testPolymorphism(B|AsB)|testPolymorphicsB|testDollarOrderNotAllowed)$/,
    'what can be told without data is told by the validator, not here: an unknown element is empty',
  ],
  [/^testFHIRPathAsFunction(11|16)$/, 'a code is a string: as() answers as is() does, and as fhirpath.js'],
  [/^testFHIRPathAsFunction21$/, 'as() filters several items, as R4 itself uses it'],
  [/^(testQuantity|testNEquality24|Comparable1)/, 'needs UCUM, which is a port'],
  [/^testConformsTo/, 'needs a validator, which is a port'],
  [/^testIif6$/, 'a single item that is no Boolean counts as true'],
  [/^testType22$/, 'a type that does not exist is an issue'],
  [/^testPlusDate19$/, 'a tenth of a second is added'],
  [/^(Low|High)Boundary/, 'the suite rounds towards zero, and takes the minutes of an hour for zero'],
]

const [file, folder] = process.argv.slice(2)
if (file === undefined || folder === undefined) {
  console.error(
    'usage: node standards/fhir/scripts/fhirpath-suite.ts <tests-fhir-r4.xml> <folder of the inputs as JSON>',
  )
  process.exit(2)
}

function readSuite(xml: string): readonly SuiteTest[] {
  const tests: SuiteTest[] = []
  let text = ''
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    text = ''
    const test = tests.at(-1)
    if (name === 'test')
      tests.push({
        name: attributes['name'] ?? '',
        input: (attributes['inputfile'] ?? 'patient-example').replace(/\.\w+$/, ''),
        isPredicate: attributes['predicate'] === 'true',
        expression: '',
        isInvalid: false,
        outputs: [],
      })
    else if (name === 'expression' && test !== undefined) test.isInvalid = attributes['invalid'] !== undefined
  })
  parser.on('text', part => {
    text += part
  })
  parser.on('closetag', ({ name }) => {
    const test = tests.at(-1)
    if (name === 'expression' && test !== undefined) test.expression = text
    if (name === 'output') test?.outputs.push(text.replace(/^@T?/, ''))
  })
  parser.write(xml).close()
  return tests
}

function readInput(name: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(join(folder ?? '', `${name}.json`), 'utf8'))
  if (!isJsonObject(value)) throw new Error(`${name} is no resource`)
  return value
}

function show(item: Item): string {
  const value = systemValue(item)
  if (value instanceof Decimal) return value.toNumber().toString()
  return value === undefined ? JSON.stringify(item instanceof FhirNode ? item.value : item) : String(value)
}

const compiler = createFhirPathCompiler(modelFromStructureDefinitions((await loadTypes()).types()))

function answer(test: SuiteTest): string {
  const compiled = compiler.compile(test.expression)
  if (!compiled.ok) return `ERROR ${compiled.issue.text}`
  const focus = compiler.resource(readInput(test.input))
  const result = compiled.expression.evaluate(focus, { now: '2026-01-31T12:00:00.000+01:00' })
  if (!result.ok) return `ERROR ${result.issue.text}`
  return test.isPredicate ? String(result.items.length > 0) : result.items.map(show).join(' ; ')
}

function isExpected(test: SuiteTest, got: string): boolean {
  if (test.isInvalid) return got.startsWith('ERROR')
  const expected = test.isPredicate ? 'true' : test.outputs.map(each => normal(each)).join(' ; ')
  return (
    normal(got) === expected ||
    got
      .split(' ; ')
      .map(each => normal(each))
      .join(' ; ') === expected
  )
}

/** 1.0 is 1, and a date with an empty time is the date. */
function normal(text: string): string {
  return /^-?\d+(\.\d+)?$/.test(text) ? String(Number(text)) : text.replace(/T$/, '')
}

const tests = readSuite(readFileSync(file, 'utf8'))
const failed = tests.map(test => ({ test, got: answer(test) })).filter(({ test, got }) => !isExpected(test, got))
let unexplained = 0
for (const { test, got } of failed) {
  const reason = KNOWN.find(([pattern]) => pattern.test(test.name))?.[1]
  if (reason === undefined) unexplained++
  const expected = test.isInvalid ? 'an error' : test.outputs.join(' ; ')
  console.log(
    `${test.name}: ${test.expression.trim()}\n  expected ${expected}, got ${got.slice(0, 200)}\n  ${reason ?? 'WITHOUT A REASON'}`,
  )
}
console.log(
  `${tests.length} tests: ${tests.length - failed.length} passed, ${failed.length - unexplained} differ for a reason, ${unexplained} failed`,
)
process.exitCode = unexplained === 0 ? 0 : 1
