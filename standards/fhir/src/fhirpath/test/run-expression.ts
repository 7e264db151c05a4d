import assert from 'node:assert/strict'
import { loadTypes } from '../../definitions/index.ts'
import {
  createFhirPathCompiler,
  Decimal,
  type Environment,
  type FhirPathCompiler,
  FhirNode,
  type Item,
  type JsonObject,
  modelFromStructureDefinitions,
  Quantity,
  systemValue,
  Temporal,
} from '../index.ts'

export const compiler: FhirPathCompiler = createFhirPathCompiler(
  modelFromStructureDefinitions((await loadTypes()).types()),
)

/** A patient with a choice, a contained resource, and an extension beside a primitive. */
export const patient: JsonObject = {
  resourceType: 'Patient',
  id: 'p1',
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Legekontoret' }],
  active: true,
  name: [
    { use: 'official', family: 'Ødegård', given: ['Åse', 'Bjørg'] },
    { use: 'maiden', family: 'Hansen', given: ['Åse'] },
  ],
  gender: 'female',
  birthDate: '1971-08-13',
  _birthDate: { extension: [{ url: 'http://example.org/time', valueDateTime: '1971-08-13T04:05:00+01:00' }] },
  deceasedBoolean: false,
  managingOrganization: { reference: '#o' },
  generalPractitioner: [{ reference: 'Practitioner/dr1' }, { reference: 'Organization/o2' }],
}

function plain(item: Item): unknown {
  const value = systemValue(item)
  if (value instanceof Decimal || value instanceof Temporal || value instanceof Quantity) return value.toString()
  return value ?? (item instanceof FhirNode ? item.value : item)
}

/** The items that an expression gives, or the code of the issue. */
export function run(
  text: string,
  resource: JsonObject = patient,
  environment?: Environment,
): readonly unknown[] | string {
  const compiled = compiler.compile(text)
  if (!compiled.ok) return compiled.issue.code
  const result = compiled.expression.evaluate(compiler.resource(resource), environment)
  return result.ok ? result.items.map(plain) : result.issue.code
}

/** Each expression against what it gives for the patient. */
export function check(
  table: readonly (readonly [string, readonly unknown[] | string])[],
  environment?: Environment,
): void {
  for (const [text, expected] of table) assert.deepEqual(run(text, patient, environment), expected, text)
}
