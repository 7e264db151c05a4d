import { isObject, type JsonObject, objects, pick, stringOf, textOf } from './json-resource.ts'

/** What is left out of an element: prose, mappings to other standards, and what follows from the rest. */
const ELEMENT_MEMBERS = [
  'sliceName',
  'sliceIsConstraining',
  'slicing',
  'short',
  'min',
  'max',
  'contentReference',
  'maxLength',
  'condition',
  'mustSupport',
  'representation',
]

const STRUCTURE_MEMBERS = [
  'name',
  'title',
  'kind',
  'abstract',
  'context',
  'contextInvariant',
  'type',
  'baseDefinition',
  'derivation',
]

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const REGEX = 'http://hl7.org/fhir/StructureDefinition/regex'
const BEST_PRACTICE = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice'
const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet'
const BINDING_NAME = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bindingName'
const TYPE_NAME = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-explicit-type-name'
const KEPT_EXTENSIONS = new Set([FHIR_TYPE, REGEX, BEST_PRACTICE, MAX_VALUE_SET, BINDING_NAME, TYPE_NAME])

/** Rules are shared by thousands of elements, so an element names them by their place in this table. */
export class ConstraintTable {
  readonly rows: string[] = []
  readonly #places = new Map<string, number>()

  place(constraint: JsonObject): number {
    const row = JSON.stringify({
      ...pick(constraint, ['key', 'severity', 'human', 'expression', 'source']),
      ...extensions(constraint),
    })
    const known = this.#places.get(row)
    if (known !== undefined) return known
    this.#places.set(row, this.rows.length)
    this.rows.push(row)
    return this.rows.length - 1
  }
}

/** One line: the canonical address, a tab, and the definition as JSON with its snapshot's elements in `element`. */
export function packStructure(structure: JsonObject, constraints: ConstraintTable): string {
  const snapshot = structure['snapshot']
  const elements = isObject(snapshot) ? objects(snapshot['element']) : []
  const packed = {
    ...pick(structure, STRUCTURE_MEMBERS),
    element: elements.map(element => packElement(element, constraints)),
  }
  return `${textOf(structure, 'url')}\t${JSON.stringify(packed)}`
}

function packElement(element: JsonObject, constraints: ConstraintTable): JsonObject {
  const path = textOf(element, 'path')
  const base = isObject(element['base']) ? element['base'] : {}
  const sameBase = base['path'] === path && base['min'] === element['min'] && base['max'] === element['max']
  const types = objects(element['type']).map(packType)
  const rules = objects(element['constraint']).map(constraint => constraints.place(constraint))
  const values = Object.keys(element).filter(key => /^(fixed|pattern|minValue|maxValue|defaultValue)[A-Z]/.test(key))
  return {
    ...(element['id'] === path ? {} : pick(element, ['id'])),
    path,
    ...pick(element, [...ELEMENT_MEMBERS, ...values]),
    ...(sameBase ? {} : { base: [base['path'], base['min'], base['max']] }),
    ...(types.length === 0 ? {} : { type: types }),
    ...(rules.length === 0 ? {} : { constraint: rules }),
    ...(element['isModifier'] === true ? { isModifier: true } : {}),
    ...(element['isSummary'] === true ? { isSummary: true } : {}),
    ...(isObject(element['binding']) ? { binding: packBinding(element['binding']) } : {}),
    ...extensions(element),
  }
}

/** A type that is only a code is its code. */
function packType(type: JsonObject): unknown {
  const packed = {
    ...pick(type, ['code', 'profile', 'targetProfile', 'aggregation', 'versioning']),
    ...extensions(type),
  }
  return Object.keys(packed).length === 1 ? stringOf(packed['code']) : packed
}

function packBinding(binding: JsonObject): JsonObject {
  return { ...pick(binding, ['strength', 'valueSet']), ...extensions(binding) }
}

function extensions(holder: JsonObject): JsonObject {
  const kept = objects(holder['extension']).filter(extension => KEPT_EXTENSIONS.has(String(extension['url'])))
  return kept.length === 0 ? {} : { extension: kept }
}
