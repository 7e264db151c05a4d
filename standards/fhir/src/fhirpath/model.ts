/** Types of the System namespace that a FHIR primitive's value has (R4 fhirpath.html#types). */
export type SystemType = 'Boolean' | 'String' | 'Integer' | 'Decimal' | 'Date' | 'DateTime' | 'Time'

/** One of the properties that an element may be in JSON: one for most, one for each type of a choice such as `value[x]`. */
export interface PropertyInfo {
  /** Name in JSON: `valueQuantity`. */
  readonly property: string
  /** Name of the object beside a primitive that has its id and extensions: `_valueString`. */
  readonly sibling: string
  readonly type: TypeInfo
}

export interface ElementInfo {
  /** Name in FHIRPath: `value`. */
  readonly name: string
  readonly properties: readonly PropertyInfo[]
}

/** A type of FHIR: `Patient`, `Quantity`, `code`, or the anonymous type of a backbone element, `Patient.contact`. */
export interface TypeInfo {
  readonly name: string
  readonly kind: 'resource' | 'complex' | 'primitive'
  readonly base: TypeInfo | undefined
  /** The type of the value, for primitives. */
  readonly system: SystemType | undefined
  /** Canonical of the value set whose codes a `code` has, where its element requires one; such a type comes from `code`. */
  readonly valueSet: string | undefined
  /** By name in FHIRPath, inherited elements included. */
  readonly elements: ReadonlyMap<string, ElementInfo>
  /** By name in JSON, inherited elements included. */
  readonly properties: ReadonlyMap<string, PropertyInfo & { readonly element: string }>
}

/** What a compiler needs to know of a version of FHIR. */
export interface FhirPathModel {
  type(name: string): TypeInfo | undefined
}

/** The part of an ElementDefinition that a model is made of. */
export interface ElementDefinitionLike {
  readonly path: string
  readonly contentReference?: string
  readonly binding?: { readonly strength: string; readonly valueSet?: string }
  readonly type?: readonly { readonly code: string; readonly extension?: readonly ExtensionLike[] }[]
}

interface ExtensionLike {
  readonly url: string
  readonly valueUrl?: string
  readonly valueUri?: string
}

/** The part of a StructureDefinition that a model is made of; the snapshot is needed. */
export interface StructureDefinitionLike {
  readonly type: string
  readonly kind: string
  readonly derivation?: string
  readonly baseDefinition?: string
  readonly snapshot?: { readonly element: readonly ElementDefinitionLike[] }
}

const FHIR_TYPE_EXTENSION = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.'

const SYSTEM_TYPES: Readonly<Record<string, SystemType>> = {
  boolean: 'Boolean',
  integer: 'Integer',
  positiveInt: 'Integer',
  unsignedInt: 'Integer',
  decimal: 'Decimal',
  date: 'Date',
  dateTime: 'DateTime',
  instant: 'DateTime',
  time: 'Time',
}

interface MutableType extends TypeInfo {
  base: TypeInfo | undefined
  readonly elements: Map<string, ElementInfo>
  readonly properties: Map<string, PropertyInfo & { readonly element: string }>
}

/**
 * A model from the base StructureDefinitions of a version: profiles among them are skipped. Types that they use and do
 * not define become types without elements.
 */
export function modelFromStructureDefinitions(definitions: Iterable<StructureDefinitionLike>): FhirPathModel {
  const types = new Map<string, MutableType>()
  const base = [...definitions].filter(each => each.derivation !== 'constraint' && each.snapshot !== undefined)
  for (const definition of base) declare(types, definition)
  for (const definition of base) fill(types, definition)
  return { type: name => types.get(name) }
}

function declareType(types: Map<string, MutableType>, name: string, kind: TypeInfo['kind']): MutableType {
  const known = types.get(name)
  if (known !== undefined) return known
  const type: MutableType = {
    name,
    kind,
    base: undefined,
    system: kind === 'primitive' ? (SYSTEM_TYPES[name] ?? 'String') : undefined,
    valueSet: undefined,
    elements: new Map(),
    properties: new Map(),
  }
  types.set(name, type)
  return type
}

function declare(types: Map<string, MutableType>, definition: StructureDefinitionLike): void {
  const kinds: Readonly<Record<string, TypeInfo['kind']>> = { resource: 'resource', 'primitive-type': 'primitive' }
  const kind = kinds[definition.kind] ?? 'complex'
  declareType(types, definition.type, kind)
  for (const element of definition.snapshot?.element ?? [])
    if (element.path !== definition.type && isBackbone(element)) declareType(types, element.path, 'complex')
}

/** Elements with elements of their own, whose type is named by their path. */
function isBackbone(element: ElementDefinitionLike): boolean {
  const code = element.type?.[0]?.code
  return element.type?.length === 1 && (code === 'BackboneElement' || code === 'Element')
}

function fill(types: Map<string, MutableType>, definition: StructureDefinitionLike): void {
  const own = types.get(definition.type)
  if (own === undefined) return
  const baseName = definition.baseDefinition?.split('/').at(-1)
  own.base = baseName === undefined ? undefined : types.get(baseName)
  for (const element of definition.snapshot?.element ?? []) {
    const dot = element.path.lastIndexOf('.')
    if (dot === -1) continue
    const parent = types.get(element.path.slice(0, dot))
    if (parent === undefined) continue
    if (isBackbone(element)) {
      const backbone = types.get(element.path)
      if (backbone !== undefined) backbone.base = types.get(element.type?.[0]?.code ?? 'BackboneElement')
    }
    addElement(types, parent, element, element.path.slice(dot + 1))
  }
}

function addElement(
  types: Map<string, MutableType>,
  parent: MutableType,
  element: ElementDefinitionLike,
  last: string,
): void {
  // The value of a primitive is the primitive itself.
  if (parent.kind === 'primitive' && last === 'value') return
  const choice = last.endsWith('[x]')
  const name = choice ? last.slice(0, -3) : last
  const properties = typesOf(types, element).map(type => {
    const property = choice ? name + type.name.charAt(0).toUpperCase() + type.name.slice(1) : name
    return { property, sibling: `_${property}`, type, element: name }
  })
  parent.elements.set(name, { name, properties })
  for (const property of properties) parent.properties.set(property.property, property)
}

function typesOf(types: Map<string, MutableType>, element: ElementDefinitionLike): readonly TypeInfo[] {
  if (element.contentReference !== undefined) {
    const target = element.contentReference.slice(element.contentReference.indexOf('#') + 1)
    return [declareType(types, target, 'complex')]
  }
  if (isBackbone(element)) return [declareType(types, element.path, 'complex')]
  return (element.type ?? []).map(type => {
    const fhirType = type.extension?.find(extension => extension.url === FHIR_TYPE_EXTENSION)
    const code = fhirType?.valueUrl ?? fhirType?.valueUri ?? type.code
    // Without the extension, System.String is the type of an element's id.
    const name = code.startsWith(SYSTEM_TYPE) ? code.slice(SYSTEM_TYPE.length).toLowerCase() : code
    const declared = declareType(types, name, /^[a-z]/.test(name) ? 'primitive' : 'complex')
    const { strength, valueSet } = element.binding ?? {}
    return name === 'code' && strength === 'required' && valueSet !== undefined
      ? boundCode(types, declared, valueSet)
      : declared
  })
}

/** One type for each value set, told from `code` by that alone. No name of a type has a bar, so that no expression meets it. */
function boundCode(types: Map<string, MutableType>, code: MutableType, valueSet: string): TypeInfo {
  const key = `code|${valueSet}`
  const known = types.get(key)
  if (known !== undefined) return known
  const bound: MutableType = { ...code, base: code, valueSet }
  types.set(key, bound)
  return bound
}

/** Whether a type is the named one or comes from it. */
export function isSubtype(type: TypeInfo, name: string): boolean {
  for (let current: TypeInfo | undefined = type; current !== undefined; current = current.base)
    if (current.name === name) return true
  return false
}
