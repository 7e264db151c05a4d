import { Decimal } from './decimal.ts'
import { type Item, TypeReflection } from './item.ts'
import { FhirPathError } from './issue.ts'
import { type FhirPathModel, isSubtype, type TypeInfo } from './model.ts'
import { FhirNode } from './node.ts'
import { Quantity } from './quantity.ts'
import type { Expression, TypeSpecifier } from './syntax.ts'
import { Temporal } from './temporal.ts'

/** Names that `System.` has (FHIRPath 2.0 §4.1). */
const SYSTEM_TYPES: ReadonlySet<string> = new Set([
  'Any',
  'Boolean',
  'String',
  'Integer',
  'Decimal',
  'Date',
  'DateTime',
  'Time',
  'Quantity',
])

/** What a type in an expression means: a type of the model, or of the System namespace. */
export type ResolvedType =
  | { readonly namespace: 'FHIR'; readonly name: string }
  | { readonly namespace: 'System'; readonly name: string }

/** Finds a type: without a namespace FHIR's comes before System's (FHIRPath 2.0 §10.1.2). Throws for a type that is not. */
export function resolveType(model: FhirPathModel, type: TypeSpecifier, at: number): ResolvedType {
  const { namespace, name } = type
  if (namespace !== 'System' && model.type(name) !== undefined) return { namespace: 'FHIR', name }
  if (namespace !== 'FHIR' && SYSTEM_TYPES.has(name)) return { namespace: 'System', name }
  const full = namespace === undefined ? name : `${namespace}.${name}`
  throw new FhirPathError('type-unknown', `There is no type '${full}'`, at)
}

/** Reads the argument of `ofType(...)`, `is(...)` and `as(...)`, which looks like a path and is a type. */
export function typeArgument(argument: Expression): TypeSpecifier {
  if (argument.kind === 'member') {
    if (argument.source === undefined) return { namespace: undefined, name: argument.name }
    if (argument.source.kind === 'member' && argument.source.source === undefined)
      return { namespace: argument.source.name, name: argument.name }
  }
  throw new FhirPathError('syntax-invalid', 'A type is expected here, such as Patient or System.String', argument.at)
}

/** A test of the type of an item. Keeps the last answer, since the items of a collection mostly share a type. */
export function typeMatcher(type: ResolvedType): (item: Item) => boolean {
  if (type.namespace === 'System') return item => systemTypeName(item) === type.name
  let last: TypeInfo | undefined
  let lastMatches = false
  return item => {
    if (!(item instanceof FhirNode)) return type.name === 'Quantity' && item instanceof Quantity
    if (item.type === last) return lastMatches
    last = item.type
    lastMatches = isSubtype(item.type, type.name)
    return lastMatches
  }
}

/** The System type of a value that an expression made; `undefined` for what is in a resource. */
export function systemTypeName(item: Item): string | undefined {
  if (item instanceof FhirNode || item instanceof TypeReflection) return undefined
  if (typeof item === 'boolean') return 'Boolean'
  if (typeof item === 'string') return 'String'
  if (typeof item === 'number') return 'Integer'
  if (item instanceof Decimal) return 'Decimal'
  return item instanceof Temporal ? item.kind : 'Quantity'
}

/** What `type()` says of an item. The type of a backbone element has no name of its own. */
export function reflect(item: Item): TypeReflection {
  if (item instanceof TypeReflection) return new TypeReflection('System', 'ClassInfo')
  if (!(item instanceof FhirNode)) return new TypeReflection('System', systemTypeName(item) ?? 'Any')
  const { name, base } = item.type
  return new TypeReflection('FHIR', name.includes('.') ? (base?.name ?? 'BackboneElement') : name)
}
