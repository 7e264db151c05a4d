import { exampleFiles } from './examples-archive.ts'
import { isObject, type JsonObject, stringOf, textOf } from './json-resource.ts'

const TYPES = [
  'StructureDefinition',
  'SearchParameter',
  'OperationDefinition',
  'CompartmentDefinition',
  'ValueSet',
  'CodeSystem',
] as const

export type DefinitionType = (typeof TYPES)[number]

export type Definitions = Readonly<Record<DefinitionType, readonly JsonObject[]>>

/** Examples of how to write a definition are not definitions of the standard. */
const NO_DEFINITION = new Set([
  'StructureDefinition-example',
  'CompartmentDefinition-example',
  'OperationDefinition-example',
])

/** All definitions of the standard, sorted by canonical address. */
export function readDefinitions(): Definitions {
  const found: Record<DefinitionType, JsonObject[]> = {
    StructureDefinition: [],
    SearchParameter: [],
    OperationDefinition: [],
    CompartmentDefinition: [],
    ValueSet: [],
    CodeSystem: [],
  }
  for (const { name, text } of exampleFiles(isDefinitionFile)) {
    const resource: unknown = JSON.parse(text)
    if (!isObject(resource)) throw new Error(`${name} is not a resource`)
    const type = TYPES.find(known => known === resource['resourceType'])
    if (type === undefined || isExample(resource)) continue
    found[type].push(resource)
  }
  for (const type of TYPES) found[type].sort((a, b) => (textOf(a, 'url') < textOf(b, 'url') ? -1 : 1))
  return found
}

function isDefinitionFile(name: string): boolean {
  const type = name.slice(0, name.indexOf('-'))
  return TYPES.some(known => known === type) && !NO_DEFINITION.has(name.replace('.json', ''))
}

function isExample(resource: JsonObject): boolean {
  const url = stringOf(resource['url'])
  if (url === undefined) return true
  if (resource['resourceType'] === 'SearchParameter')
    return !url.startsWith('http://hl7.org/fhir/SearchParameter/') || /\/example/.test(url)
  if (resource['resourceType'] === 'StructureDefinition') {
    return !isObject(resource['snapshot']) || (resource['derivation'] === undefined && resource['kind'] === 'logical')
  }
  return false
}
