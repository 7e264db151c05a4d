import { type Collection, EMPTY } from './item.ts'
import { FhirPathError } from './issue.ts'
import type { FhirNode } from './node.ts'
import type { Evaluator } from './run.ts'

/** Variables that always have the same value (R4 fhirpath.html#vars). */
const CONSTANTS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    ucum: 'http://unitsofmeasure.org',
    sct: 'http://snomed.info/sct',
    loinc: 'http://loinc.org',
  }),
)

const PREFIXES: readonly (readonly [string, string])[] = [
  ['vs-', 'http://hl7.org/fhir/ValueSet/'],
  ['ext-', 'http://hl7.org/fhir/StructureDefinition/'],
]

function one(node: FhirNode | undefined): Collection {
  return node === undefined ? EMPTY : [node]
}

/** `%name`: the environment's own, else the caller's. One that neither has is an error when it is met. */
export function variableEvaluator(name: string): Evaluator {
  if (name === 'resource') return run => one(run.resource)
  if (name === 'rootResource') return run => one(run.rootResource)
  if (name === 'context') return run => run.context
  const prefix = PREFIXES.find(([start]) => name.startsWith(start))
  const fixed = prefix === undefined ? CONSTANTS.get(name) : prefix[1] + name.slice(prefix[0].length)
  if (fixed !== undefined) {
    const collection: Collection = [fixed]
    return () => collection
  }
  return run => {
    const value = Object.hasOwn(run.variables, name) ? run.variables[name] : undefined
    if (value === undefined) throw new FhirPathError('variable-unknown', `There is no variable %${name}`)
    return value
  }
}
