import { FHIR_VERSION } from '../fhir-version.ts'
import type { ElementConstraint, ElementDefinition, ElementType, StructureDefinition } from './structure-definition.ts'

/** As `scripts/pack-structures.ts` writes it. */
type PackedStructure = Omit<StructureDefinition, 'resourceType' | 'url' | 'version' | 'snapshot' | 'differential'> & {
  readonly element: readonly PackedElement[]
}

interface PackedElement {
  readonly id?: string
  readonly path: string
  readonly base?: readonly [path: string, min: number, max: string]
  readonly type?: readonly (string | ElementType)[]
  readonly constraint?: readonly number[]
  readonly min: number
  readonly max: string
}

/** Makes a definition with its snapshot of its packed form. The rules are shared between elements: they never change. */
export function unpackStructure(
  url: string,
  json: string,
  constraints: readonly ElementConstraint[],
): StructureDefinition {
  // The text is our own, written by the generator.
  const { element, ...packed } = JSON.parse(json) as PackedStructure
  return {
    resourceType: 'StructureDefinition',
    id: url.slice(url.lastIndexOf('/') + 1),
    url,
    version: FHIR_VERSION,
    status: 'active',
    fhirVersion: FHIR_VERSION,
    ...packed,
    snapshot: { element: element.map(packedElement => unpackElement(packedElement, constraints)) },
  }
}

function unpackElement(packed: PackedElement, constraints: readonly ElementConstraint[]): ElementDefinition {
  const { base, type, constraint, ...rest } = packed
  return {
    id: packed.path,
    ...rest,
    base:
      base === undefined
        ? { path: packed.path, min: packed.min, max: packed.max }
        : { path: base[0], min: base[1], max: base[2] },
    ...(type === undefined ? {} : { type: type.map(one => (typeof one === 'string' ? { code: one } : one)) }),
    ...(constraint === undefined ? {} : { constraint: constraint.map(place => constraintAt(constraints, place)) }),
  }
}

function constraintAt(constraints: readonly ElementConstraint[], place: number): ElementConstraint {
  const constraint = constraints[place]
  if (constraint === undefined) throw new Error(`The packed definitions have no rule ${place}: generate them anew`)
  return constraint
}
