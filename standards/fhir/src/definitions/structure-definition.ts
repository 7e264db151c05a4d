/**
 * The part of StructureDefinition and ElementDefinition that rules are read from (FHIR R4 structuredefinition.html, elementdefinition.html).
 * A definition out of a package has more members; they are kept and not looked at.
 */
export interface StructureDefinition {
  readonly resourceType: 'StructureDefinition'
  readonly id?: string
  readonly url: string
  readonly version?: string
  readonly name?: string
  readonly title?: string
  readonly status?: string
  readonly fhirVersion?: string
  readonly kind: 'primitive-type' | 'complex-type' | 'resource' | 'logical'
  readonly abstract: boolean
  readonly context?: readonly ExtensionContext[]
  readonly contextInvariant?: readonly string[]
  /** The type that it defines, or lays rules on. */
  readonly type: string
  readonly baseDefinition?: string
  readonly derivation?: 'specialization' | 'constraint'
  readonly snapshot?: { readonly element: readonly ElementDefinition[] }
  readonly differential?: { readonly element: readonly ElementDefinition[] }
}

/** Where an extension may stand (FHIR R4 defining-extensions.html#context). */
export interface ExtensionContext {
  readonly type: 'fhirpath' | 'element' | 'extension'
  readonly expression: string
}

export interface ElementDefinition {
  readonly id?: string
  /** `Patient.contact.name`; choices end in `[x]`. */
  readonly path: string
  readonly representation?: readonly string[]
  readonly sliceName?: string
  readonly sliceIsConstraining?: boolean
  readonly slicing?: Slicing
  readonly short?: string
  readonly min?: number
  readonly max?: string
  readonly base?: { readonly path: string; readonly min: number; readonly max: string }
  /** `#Questionnaire.item`: the element has the children of that one. */
  readonly contentReference?: string
  readonly type?: readonly ElementType[]
  readonly maxLength?: number
  readonly condition?: readonly string[]
  readonly constraint?: readonly ElementConstraint[]
  readonly mustSupport?: boolean
  readonly isModifier?: boolean
  readonly isSummary?: boolean
  readonly binding?: ElementBinding
  readonly extension?: readonly DefinitionExtension[]
  /** `fixed[x]`, `pattern[x]`, `minValue[x]`, `maxValue[x]` under their JSON names: see `valueOfChoice`. */
  readonly [choice: `${'fixed' | 'pattern' | 'minValue' | 'maxValue' | 'defaultValue'}${Capitalize<string>}`]: unknown
}

export interface Slicing {
  readonly discriminator?: readonly Discriminator[]
  readonly description?: string
  readonly ordered?: boolean
  readonly rules: 'closed' | 'open' | 'openAtEnd'
}

export interface Discriminator {
  readonly type: 'value' | 'exists' | 'pattern' | 'type' | 'profile'
  readonly path: string
}

export interface ElementType {
  /** A type's name, or a `http://hl7.org/fhirpath/System.` address for what a primitive is made of. */
  readonly code: string
  readonly profile?: readonly string[]
  readonly targetProfile?: readonly string[]
  readonly aggregation?: readonly ('contained' | 'referenced' | 'bundled')[]
  readonly versioning?: string
  readonly extension?: readonly DefinitionExtension[]
}

export interface ElementConstraint {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly expression?: string
  readonly source?: string
  readonly extension?: readonly DefinitionExtension[]
}

export interface ElementBinding {
  readonly strength: 'required' | 'extensible' | 'preferred' | 'example'
  readonly valueSet?: string
  readonly extension?: readonly DefinitionExtension[]
}

export interface DefinitionExtension {
  readonly url: string
  readonly valueString?: string
  readonly valueUrl?: string
  readonly valueBoolean?: boolean
  readonly valueCanonical?: string
}

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.'

/** The type's name as FHIR says it: the `id` of an element is a `string`, whatever FHIRPath calls it. */
export function typeName(type: ElementType): string {
  if (!type.code.startsWith(SYSTEM_TYPE)) return type.code
  const named = type.extension?.find(extension => extension.url === FHIR_TYPE)
  return named?.valueUrl ?? named?.valueString ?? lowerFirst(type.code.slice(SYSTEM_TYPE.length))
}

/** The last part of an element's path: `name` of `Patient.contact.name`. */
export function elementName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** The value of `fixed[x]` and its like, with the type that its name ends in; nothing where the element has none. */
export function valueOfChoice(
  element: ElementDefinition,
  prefix: 'fixed' | 'pattern' | 'minValue' | 'maxValue',
): { readonly type: string; readonly value: unknown } | undefined {
  for (const key in element) {
    if (!key.startsWith(prefix)) continue
    const type = key.slice(prefix.length)
    if (!/^[A-Z]/.test(type)) continue
    const value: unknown = Object.getOwnPropertyDescriptor(element, key)?.value
    return { type, value }
  }
  return undefined
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
