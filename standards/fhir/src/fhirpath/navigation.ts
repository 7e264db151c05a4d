import { EMPTY, type Item, TypeReflection } from './item.ts'
import type { ElementInfo, FhirPathModel, PropertyInfo, TypeInfo } from './model.ts'
import { FhirNode, isJsonObject, type JsonObject, nodeOf, pushProperty } from './node.ts'
import type { Evaluator, Run } from './run.ts'
import { typeMatcher } from './type-matching.ts'

/** The type of what the model does not know: extensions of a later version, a logical model. Its JSON says what it is. */
export const UNKNOWN_TYPE: TypeInfo = {
  name: 'Unknown',
  kind: 'complex',
  base: undefined,
  system: undefined,
  valueSet: undefined,
  elements: new Map(),
  properties: new Map(),
}

/** The object that has the children of a node: for a primitive the one beside it. */
function childrenOf(node: FhirNode): JsonObject | undefined {
  if (node.type.system !== undefined) return node.sibling
  return isJsonObject(node.value) ? node.value : undefined
}

/** One step of a path. Remembers the element of the type it last met, so that a step mostly costs no look-up. */
export function memberStep(source: Evaluator, name: string): Evaluator {
  if (source === emptyEvaluator) return emptyEvaluator
  const push = memberPush(name)
  return run => {
    const items = source(run)
    if (items.length === 0) return EMPTY
    const into: Item[] = []
    for (const item of items) push(into, item, run)
    return into
  }
}

type Push = (into: Item[], item: Item, run: Run) => void

function memberPush(name: string): Push {
  let type: TypeInfo | undefined
  let element: ElementInfo | undefined
  return (into, item, run) => {
    if (!(item instanceof FhirNode)) {
      if (item instanceof TypeReflection && (name === 'name' || name === 'namespace')) into.push(item[name])
      return
    }
    if (item.type !== type) {
      type = item.type
      element = type.elements.get(name)
    }
    const parent = childrenOf(item)
    if (parent === undefined) return
    if (element === undefined) pushUnknown(into, parent, name, item.type, run)
    else for (const property of element.properties) pushProperty(into, parent, property, run.types)
  }
}

/** An element that the model does not have. `valueQuantity` is none: in FHIRPath it is `value` (R4 fhirpath.html#polymorphism). */
function pushUnknown(into: Item[], parent: JsonObject, name: string, type: TypeInfo, run: Run): void {
  if (type.properties.has(name) || name === 'resourceType' || !Object.hasOwn(parent, name)) return
  pushJson(into, parent[name], run)
}

function pushJson(into: Item[], value: unknown, run: Run): void {
  if (value === undefined || value === null) return
  if (Array.isArray(value)) {
    for (const each of value) pushJson(into, each, run)
    return
  }
  const resourceType = isJsonObject(value) ? value['resourceType'] : undefined
  const type = typeof resourceType === 'string' ? run.model.type(resourceType) : undefined
  into.push(new FhirNode(type ?? UNKNOWN_TYPE, value, undefined))
}

/**
 * The name at the start of an expression: the type of the focus where it is one (`Observation.code`, `Resource.id`), an
 * element otherwise. When the type of the focus is known beforehand, a name of another type is known to give nothing.
 */
export function rootStep(name: string, model: FhirPathModel, focusType: TypeInfo | undefined): Evaluator {
  const step = memberStep(run => run.focus, name)
  const type = /^[A-Z]/.test(name) ? model.type(name) : undefined
  if (type === undefined) return step
  if (focusType !== undefined && !mayBe(focusType, name) && !mayBe(type, focusType.name)) return emptyEvaluator
  const matches = typeMatcher({ namespace: 'FHIR', name })
  return run => {
    const { focus } = run
    const [only] = focus
    if (focus.length !== 1 || only === undefined) return focus.filter(matches)
    if (matches(only)) return focus
    // Types known to the model have no elements in upper case: only what is unknown may.
    return only instanceof FhirNode && only.type === UNKNOWN_TYPE ? step(run) : EMPTY
  }
}

/** What is known to give nothing when an expression is compiled, so that what follows it can be left out. */
export const emptyEvaluator: Evaluator = () => EMPTY

/** `source.name` narrowed to one type of a choice: reads the one property instead of all. */
export function choiceStep(source: Evaluator, name: string, typeName: string): Evaluator {
  if (source === emptyEvaluator) return emptyEvaluator
  const matches = typeMatcher({ namespace: 'FHIR', name: typeName })
  let type: TypeInfo | undefined
  let properties: readonly PropertyInfo[] = []
  return run => {
    const items = source(run)
    if (items.length === 0) return EMPTY
    const into: Item[] = []
    for (const item of items) {
      if (!(item instanceof FhirNode)) continue
      if (item.type !== type) {
        type = item.type
        properties = type.elements.get(name)?.properties ?? []
      }
      const parent = childrenOf(item)
      if (parent === undefined) continue
      for (const property of properties)
        if (mayBe(property.type, typeName)) pushProperty(into, parent, property, run.types)
    }
    return into.length === 0 ? EMPTY : into.filter(matches)
  }
}

/** Whether a property of this type may hold the type asked for: itself, a type that comes from it, or any resource. */
function mayBe(type: TypeInfo, name: string): boolean {
  if (type.kind === 'resource') return true
  for (let current: TypeInfo | undefined = type; current !== undefined; current = current.base)
    if (current.name === name) return true
  return false
}

/** All children of a node, in the order of the JSON (FHIRPath 2.0 §5.8.1). */
export function pushChildren(into: Item[], node: FhirNode, run: Run): void {
  const parent = childrenOf(node)
  if (parent === undefined) return
  for (const name of Object.keys(parent)) {
    if (name === 'resourceType' || name === 'fhir_comments') continue
    const info = node.type.properties.get(name)
    if (info !== undefined) pushProperty(into, parent, info, run.types)
    else if (!name.startsWith('_')) pushJson(into, parent[name], run)
    else if (parent[name.slice(1)] === undefined) {
      const lone = node.type.properties.get(name.slice(1))
      if (lone !== undefined) pushProperty(into, parent, lone, run.types)
    }
  }
}

/** The resource that `json` is, as a node; `undefined` when its type is not in the model. */
export function resourceNode(json: JsonObject, model: FhirPathModel): FhirNode | undefined {
  const name = json['resourceType']
  const type = typeof name === 'string' ? model.type(name) : undefined
  return type === undefined ? undefined : nodeOf(type, json, undefined, each => model.type(each))
}
