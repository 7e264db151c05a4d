import { loadTypes } from '@samband/fhir/definitions'
import {
  type Collection,
  FhirNode,
  type FhirPathExpression,
  type JsonObject,
  type PropertyInfo,
} from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import { type BoxedJson, type BoxedObject, boxed, isBoxedObject, pruneEmpty, unboxed } from './boxed-json.ts'
import { countOf, insertAt, removeAt, setSingle } from './element-list.ts'
import { patchInapplicable, patchMalformed } from './patch-refusal.ts'
import { type Place, PatchTarget } from './patch-target.ts'
import { ElementWriter, type PatchValue, readValue } from './patch-value.ts'

/** Operations of one patch; each looks through the resource. */
export const fhirPathOperationsMax = 1_000

type Operation = {
  readonly type: 'add' | 'insert' | 'delete' | 'replace' | 'move'
  readonly path: string
  readonly expression: FhirPathExpression
  readonly name: string | undefined
  readonly value: PatchValue | undefined
  readonly index: number | undefined
  readonly source: number | undefined
  readonly destination: number | undefined
  /** For complaints. */
  readonly at: string
}

/**
 * Reads a FHIRPath Patch (FHIR R4 fhirpatch.html) and answers what applies it: all operations or none, to a copy.
 *
 * @throws HubError 400: no such patch; what it answers throws 422: an operation that does not fit
 */
export async function fhirPathPatch(
  context: HubContext,
  parameters: JsonObject,
): Promise<(resource: JsonObject) => unknown> {
  const writer = new ElementWriter(await loadTypes())
  const operations = readOperations(context, parameters)
  return resource => {
    const document = boxed(resource)
    if (!isBoxedObject(document)) throw new Error('a resource is an object')
    for (const operation of operations) new Applier(context, writer, document, operation).apply()
    pruneEmpty(document)
    return unboxed(document)
  }
}

function readOperations(context: HubContext, parameters: JsonObject): readonly Operation[] {
  if (parameters['resourceType'] !== 'Parameters') throw patchMalformed('a FHIRPath Patch is a Parameters resource', '')
  const document = boxed(parameters)
  const list = isBoxedObject(document) ? (document['parameter'] ?? []) : []
  if (!Array.isArray(list)) throw patchMalformed('a FHIRPath Patch has a list of parameters', 'Parameters.parameter')
  if (list.length > fhirPathOperationsMax)
    throw patchMalformed(`a FHIRPath Patch has at most ${fhirPathOperationsMax} operations`, 'Parameters.parameter')
  return list.map((parameter, index) => readOperation(context, parameter, `Parameters.parameter[${index}]`))
}

function readOperation(context: HubContext, operation: BoxedJson, at: string): Operation {
  if (!isBoxedObject(operation) || operation['name'] !== 'operation')
    throw patchMalformed('each parameter of a FHIRPath Patch is named operation', at)
  const list = Array.isArray(operation['part']) ? operation['part'].filter(isBoxedObject) : []
  const parts = new Map(list.map(part => [part['name'], part]))
  const text = (name: string): string | undefined => {
    const part = parts.get(name)
    const value = part?.['valueString'] ?? part?.['valueCode']
    return typeof value === 'string' ? value : undefined
  }
  const whole = (name: string): number | undefined => {
    const part = parts.get(name)
    const value = part?.['valueInteger'] ?? part?.['valueUnsignedInt']
    return typeof value === 'number' && value >= 0 ? value : undefined
  }
  const type = text('type')
  if (!isOperationType(type)) throw patchMalformed('type is one of add, insert, delete, replace and move', at)
  const path = text('path')
  const compiled = path === undefined ? undefined : context.fhirPath.compile(path)
  if (path === undefined || compiled?.ok !== true) throw patchMalformed('path is a FHIRPath expression', at)
  const valuePart = parts.get('value')
  return {
    type,
    path,
    expression: compiled.expression,
    name: text('name'),
    value: valuePart === undefined ? undefined : readValue(valuePart, at),
    index: whole('index'),
    source: whole('source'),
    destination: whole('destination'),
    at,
  }
}

function isOperationType(type: string | undefined): type is Operation['type'] {
  return type === 'add' || type === 'insert' || type === 'delete' || type === 'replace' || type === 'move'
}

/** One operation on a document. */
class Applier {
  readonly #context: HubContext
  readonly #writer: ElementWriter
  readonly #target: PatchTarget
  readonly #operation: Operation

  constructor(context: HubContext, writer: ElementWriter, document: BoxedObject, operation: Operation) {
    this.#context = context
    this.#writer = writer
    this.#target = new PatchTarget(context.fhirPath.model, document)
    this.#operation = operation
  }

  apply(): void {
    switch (this.#operation.type) {
      case 'add':
        return this.#add()
      case 'insert':
        return this.#insert()
      case 'delete':
        return this.#delete()
      case 'replace':
        return this.#replace()
      case 'move':
        return this.#move()
    }
  }

  #add(): void {
    const { name, at } = this.#operation
    const value = this.#value()
    const item = this.#single(this.#items())
    const object = item === undefined ? undefined : this.#target.objectOf(item)
    if (!(item instanceof FhirNode) || object === undefined) throw this.#nowhere()
    // `name` may be as FHIRPath has it, value, or as JSON has it, valueQuantity.
    const own = name === undefined ? undefined : item.type.properties.get(name)
    const element = item.type.elements.get(own?.element ?? name ?? '')
    if (element === undefined) throw patchInapplicable(`${item.type.name} has no such element`, at)
    const { property, type } = this.#writer.propertyFor(own === undefined ? element.properties : [own], value, at)
    const json = this.#writer.elementOf(type, value, at)
    if (this.#writer.repeats(item.type, element.name)) insertAt(object, property, countOf(object, property), json)
    else if (element.properties.some(each => countOf(object, each.property) > 0))
      throw patchInapplicable('the element is there already, and does not repeat', at)
    else setSingle(object, property, json)
  }

  #insert(): void {
    const { index, at } = this.#operation
    const value = this.#value()
    const list = this.#list()
    if (index === undefined) throw patchMalformed('insert needs an index', at)
    const { holder, property } = list
    if (index > countOf(holder, property)) throw patchInapplicable('the index is beyond the end of the list', at)
    const { type } = this.#writer.propertyFor(propertiesOf(list), value, at)
    insertAt(holder, property, index, this.#writer.elementOf(type, value, at))
  }

  #delete(): void {
    const item = this.#single(this.#items())
    if (item === undefined) return
    const place = this.#target.placeOf(item)
    if (place === undefined) throw this.#nowhere()
    if (place.index === undefined) setSingle(place.holder, place.property, { value: undefined, beside: undefined })
    else removeAt(place.holder, place.property, place.index)
  }

  #replace(): void {
    const { at } = this.#operation
    const value = this.#value()
    const item = this.#single(this.#items())
    const place = item === undefined ? undefined : this.#target.placeOf(item)
    if (place === undefined) throw this.#nowhere()
    const { holder, property, index } = place
    const chosen = this.#writer.propertyFor(propertiesOf(place), value, at)
    const json = this.#writer.elementOf(chosen.type, value, at)
    if (index !== undefined) {
      removeAt(holder, property, index)
      insertAt(holder, property, index, json)
      return
    }
    setSingle(holder, property, { value: undefined, beside: undefined })
    setSingle(holder, chosen.property, json)
  }

  #move(): void {
    const { source, destination, at } = this.#operation
    if (source === undefined || destination === undefined)
      throw patchMalformed('move needs a source and a destination', at)
    const { holder, property } = this.#list()
    const count = countOf(holder, property)
    if (source >= count || destination >= count)
      throw patchInapplicable('source or destination is beyond the end of the list', at)
    insertAt(holder, property, destination, removeAt(holder, property, source))
  }

  /** The one list that all items of the path are in, or that the path leads to while it is empty. */
  #list(): Place {
    const items = this.#items()
    const places = items.map(item => this.#target.placeOf(item))
    const [first] = places
    if (first === undefined) return this.#emptyList(items)
    const isOne = places.every(place => place?.holder === first.holder && place.property === first.property)
    if (!isOne || first.index === undefined)
      throw patchInapplicable('the path does not lead to one list', this.#operation.at)
    return first
  }

  #emptyList(items: Collection): Place {
    const { path, at } = this.#operation
    const match = /^(.*)\.([A-Za-z]\w*)$/s.exec(path.trim())
    const compiled = items.length > 0 || match === null ? undefined : this.#context.fhirPath.compile(match[1] ?? '')
    if (compiled?.ok !== true) throw this.#nowhere()
    const item = this.#single(this.#evaluate(compiled.expression))
    const holder = item === undefined ? undefined : this.#target.objectOf(item)
    const property = match?.[2] ?? ''
    if (!(item instanceof FhirNode) || holder === undefined) throw this.#nowhere()
    if (!this.#writer.repeats(item.type, property)) throw patchInapplicable('the path does not lead to a list', at)
    return { holder, holderType: item.type, property, index: 0, isPrimitive: false }
  }

  #items(): Collection {
    return this.#evaluate(this.#operation.expression)
  }

  #evaluate(expression: FhirPathExpression): Collection {
    const result = expression.evaluate(this.#context.fhirPath.resource(this.#target.focus))
    if (!result.ok) throw patchInapplicable('the path cannot be evaluated on the resource', this.#operation.at)
    return result.items
  }

  #single(items: Collection): Collection[number] | undefined {
    if (items.length > 1) throw patchInapplicable('the path leads to more than one element', this.#operation.at)
    return items[0]
  }

  #value(): PatchValue {
    const { value, type, at } = this.#operation
    if (value === undefined) throw patchMalformed(`${type} needs a value`, at)
    return value
  }

  #nowhere(): Error {
    return patchInapplicable('the path leads to no element of the resource', this.#operation.at)
  }
}

/** The properties that the element at a place may be in: several for a choice. */
function propertiesOf({ holderType, property }: Place): readonly PropertyInfo[] {
  const known = holderType.properties.get(property)
  return holderType.elements.get(known?.element ?? property)?.properties ?? []
}
