import type { DefinitionSource } from '../definitions/definition-source.ts'
import { FHIR_STRUCTURE_BASE } from '../definitions/definition-source.ts'
import type { ElementDefinition, ElementType, StructureDefinition } from '../definitions/structure-definition.ts'
import { typeName, valueOfChoice } from '../definitions/structure-definition.ts'
import type { DefinitionNode } from './definition-tree.ts'
import { DiscriminatorCompiler } from './discriminators.ts'
import type { Expected, OverlayMember, OverlayNode, OverlaySlicing, OverlayType } from './overlay.ts'
import { PRIMITIVE_CHECKS } from './primitive-values.ts'
import type { Rule } from './shape.ts'
import { bindingOf, type TypeShapes } from './type-shapes.ts'

/** Compiles profiles: what each element asks beyond its definition in the standard. */
export class OverlayCompiler {
  readonly #definitions: DefinitionSource
  readonly #shapes: TypeShapes
  readonly #discriminators: DiscriminatorCompiler
  /** Elements of the standard's types by path. */
  readonly #baseElements = new Map<string, ReadonlyMap<string, ElementDefinition>>()

  constructor(definitions: DefinitionSource, shapes: TypeShapes) {
    this.#definitions = definitions
    this.#shapes = shapes
    this.#discriminators = new DiscriminatorCompiler(definitions, (node, profile) => this.#node(node, profile))
  }

  compile(tree: DefinitionNode, structure: StructureDefinition): OverlayNode {
    return this.#node(tree, structure.url)
  }

  #node(definition: DefinitionNode, profile: string): OverlayNode {
    const { element } = definition
    const base = this.#baseElement(element)
    const name = base === undefined ? definition.name : nameOf(base)
    const isSlice = element.sliceName !== undefined
    const min = element.min ?? 0
    const max = maxOf(element)
    return {
      path: element.path,
      name,
      profile,
      sliceName: element.sliceName,
      min,
      max,
      isCounted: isSlice
        ? min > 0 || max !== Number.POSITIVE_INFINITY
        : base === undefined || min > (base.min ?? 0) || max < maxOf(base),
      members: this.#members(element, base, name),
      types: this.#types(element, base),
      fixed: expected(element, 'fixed'),
      pattern: expected(element, 'pattern'),
      minValue: valueOfChoice(element, 'minValue')?.value,
      maxValue: valueOfChoice(element, 'maxValue')?.value,
      maxLength: element.maxLength === base?.maxLength ? undefined : element.maxLength,
      binding: sameBinding(element, base) ? undefined : bindingOf(element),
      rules: this.#rules(element, base),
      children: definition.children.map(child => this.#node(child, profile)).filter(asksSomething),
      slicing: this.#slicing(definition, profile),
    }
  }

  #slicing(definition: DefinitionNode, profile: string): OverlaySlicing | undefined {
    const { slicing } = definition.element
    if (definition.slices.length === 0) return undefined
    const discriminators = slicing?.discriminator ?? impliedDiscriminators(definition.element)
    return {
      rules: slicing?.rules ?? 'open',
      isOrdered: slicing?.ordered === true,
      slices: definition.slices.map(slice => ({
        name: slice.element.sliceName ?? '',
        node: this.#node(slice, profile),
        matches: this.#discriminators.compile(discriminators, slice, profile),
      })),
    }
  }

  #baseElement(element: ElementDefinition): ElementDefinition | undefined {
    const path = element.base?.path ?? element.path
    const dot = path.indexOf('.')
    const type = dot === -1 ? path : path.slice(0, dot)
    return this.#elementsOf(type).get(path)
  }

  #elementsOf(type: string): ReadonlyMap<string, ElementDefinition> {
    const known = this.#baseElements.get(type)
    if (known !== undefined) return known
    const elements = this.#definitions.structure(FHIR_STRUCTURE_BASE + type)?.snapshot?.element ?? []
    const byPath = new Map(elements.map(element => [element.path, element]))
    this.#baseElements.set(type, byPath)
    return byPath
  }

  /** A choice stands under a name per type that the standard allows, so that a type which the profile forbids is found too. */
  #members(element: ElementDefinition, base: ElementDefinition | undefined, name: string): OverlayMember[] {
    const isChoice = (base ?? element).path.endsWith('[x]')
    const types = (base ?? element).type ?? []
    const reference = element.contentReference ?? base?.contentReference
    if (reference !== undefined)
      return [{ key: name, type: reference.slice(reference.indexOf('#') + 1), isPrimitive: false }]
    return types.map(type => {
      const code = nodeType(typeName(type), base ?? element)
      const key = isChoice ? name + code.charAt(0).toUpperCase() + code.slice(1) : name
      return { key, type: code, isPrimitive: PRIMITIVE_CHECKS[code] !== undefined }
    })
  }

  #types(element: ElementDefinition, base: ElementDefinition | undefined): OverlayType[] | undefined {
    if (element.type === undefined || !element.path.includes('.')) return undefined
    // What a primitive is made of is not narrowed, and is named in several ways.
    if (element.type.some(({ code }) => code.startsWith('http://hl7.org/fhirpath/'))) return undefined
    const isSame = base?.type !== undefined && JSON.stringify(element.type) === JSON.stringify(base.type)
    if (isSame) return undefined
    return element.type.map(type => ({
      type: typeName(type),
      profiles: type.profile ?? [],
      targetTypes: this.#targetTypes(type),
    }))
  }

  #targetTypes(type: ElementType): ReadonlySet<string> | undefined {
    const targets = type.code === 'Reference' ? (type.targetProfile ?? []) : []
    const names = targets.map(target => this.#definitions.structure(target)?.type)
    const known = names.filter(name => name !== undefined)
    return known.length === 0 || known.length < names.length || known.includes('Resource') ? undefined : new Set(known)
  }

  #rules(element: ElementDefinition, base: ElementDefinition | undefined): Rule[] {
    const known = new Set((base?.constraint ?? []).map(({ key, expression }) => `${key} ${expression}`))
    const type = ruleType(element, base)
    for (const key of this.#shapes.ruleKeys(type)) known.add(key)
    const own = (element.constraint ?? []).filter(({ key, expression }) => {
      return key !== 'ele-1' && !known.has(key) && !known.has(`${key} ${expression}`)
    })
    return own.map(constraint => this.#shapes.rule(constraint, type))
  }
}

/** The children of a backbone element are known by its path. */
function nodeType(code: string, element: ElementDefinition): string {
  return code === 'BackboneElement' || (code === 'Element' && element.path.includes('.')) ? element.path : code
}

function nameOf(element: ElementDefinition): string {
  return element.path.slice(element.path.lastIndexOf('.') + 1).replace('[x]', '')
}

/** The type that a rule's expression begins at. */
function ruleType(element: ElementDefinition, base: ElementDefinition | undefined): string {
  const path = base?.path ?? element.base?.path ?? element.path
  if (!path.includes('.')) return path
  const types = element.type ?? []
  const [only] = types
  if (only === undefined || types.length > 1) return 'Element'
  const code = typeName(only)
  return code === 'BackboneElement' || code === 'Element' ? path : code
}

function maxOf(element: ElementDefinition): number {
  return element.max === undefined || element.max === '*' ? Number.POSITIVE_INFINITY : Number(element.max)
}

function expected(element: ElementDefinition, prefix: 'fixed' | 'pattern'): Expected | undefined {
  const found = valueOfChoice(element, prefix)
  return found === undefined ? undefined : { value: found.value }
}

function sameBinding(element: ElementDefinition, base: ElementDefinition | undefined): boolean {
  const [own, other] = [bindingOf(element), base === undefined ? undefined : bindingOf(base)]
  return own?.valueSet === other?.valueSet && own?.strength === other?.strength && own?.largest === other?.largest
}

/** Extensions are sliced by url and choices by type, whether or not the profile says so. */
function impliedDiscriminators(element: ElementDefinition): { type: 'value' | 'type'; path: string }[] {
  if (/\.(modifierE|e)xtension$/.test(element.path)) return [{ type: 'value', path: 'url' }]
  return element.path.endsWith('[x]') ? [{ type: 'type', path: '$this' }] : []
}

function asksSomething(node: OverlayNode): boolean {
  return (
    node.isCounted ||
    node.types !== undefined ||
    node.fixed !== undefined ||
    node.pattern !== undefined ||
    node.minValue !== undefined ||
    node.maxValue !== undefined ||
    node.maxLength !== undefined ||
    node.binding !== undefined ||
    node.rules.length > 0 ||
    node.children.length > 0 ||
    node.slicing !== undefined
  )
}
