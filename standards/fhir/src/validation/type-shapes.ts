import type { DefinitionSource } from '../definitions/definition-source.ts'
import { FHIR_STRUCTURE_BASE } from '../definitions/definition-source.ts'
import type { ElementConstraint, ElementDefinition, ElementType } from '../definitions/structure-definition.ts'
import { typeName } from '../definitions/structure-definition.ts'
import type { DefinitionNode } from './definition-tree.ts'
import { definitionTree } from './definition-tree.ts'
import type { JsonNode } from './json-node.ts'
import { nativeInvariant } from './native-invariants.ts'
import type { InvariantPort } from './ports.ts'
import { PRIMITIVE_CHECKS } from './primitive-values.ts'
import type { Binding, ElementShape, Member, NodeShape, Rule, Variant } from './shape.ts'

const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet'
const BEST_PRACTICE = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice'

/** Rules that R4 wrote wrongly, as R4B and R5 have them. */
const MENDED: Readonly<Record<string, string>> = {
  // que-12: more than one, as its text says.
  'enableWhen.count() > 2 implies enableBehavior.exists()': 'enableWhen.count() > 1 implies enableBehavior.exists()',
  // que-7: `answer` is a FHIR boolean, and none of System's.
  "operator = 'exists' implies (answer is Boolean)": "operator = 'exists' implies (answer is boolean)",
}

/** Looked at by the walk itself, on every element. */
const BUILT_IN_RULES = new Set(['ele-1'])

/** The standard's types, compiled when first met and kept: tables that the walk reads, and rules as functions. */
export class TypeShapes {
  readonly #definitions: DefinitionSource
  readonly #invariants: InvariantPort | undefined
  readonly #shapes = new Map<string, NodeShape | undefined>()

  constructor(definitions: DefinitionSource, invariants: InvariantPort | undefined) {
    this.#definitions = definitions
    this.#invariants = invariants
  }

  /** The shape of a data type or resource; nothing where the definitions do not have it. */
  get(type: string): NodeShape | undefined {
    if (this.#shapes.has(type)) return this.#shapes.get(type)
    const structure = this.#definitions.structure(FHIR_STRUCTURE_BASE + type)
    const tree = structure === undefined ? undefined : definitionTree(structure)
    if (structure === undefined || tree === undefined) return undefined
    const compiler = new TypeCompiler(this)
    const shape = compiler.compile(tree, structure.kind === 'logical' ? 'complex-type' : structure.kind)
    this.#shapes.set(type, shape)
    return shape
  }

  /** The keys of the rules that a type has for itself, wherever it stands. */
  ruleKeys(type: string): readonly string[] {
    const root = this.#definitions.structure(FHIR_STRUCTURE_BASE + type)?.snapshot?.element[0]
    return (root?.constraint ?? []).map(({ key }) => key)
  }

  /** Whether an instance may be of this resource type: the abstract ones are none. */
  isResourceType(name: string): boolean {
    if (!/^[A-Z][A-Za-z]{1,63}$/.test(name)) return false
    const structure = this.#definitions.structure(FHIR_STRUCTURE_BASE + name)
    return structure?.kind === 'resource' && !structure.abstract && structure.derivation === 'specialization'
  }

  /** The shape of a type, or of a backbone element by its path: `Observation.component`. */
  node(type: string): NodeShape | undefined {
    const dot = type.indexOf('.')
    if (dot === -1) return this.get(type)
    const root = this.get(type.slice(0, dot))
    return root === undefined ? undefined : innerShape(root, type)
  }

  /** Whether what is of one type is also of another: an `Age` is a `Quantity`, a `Patient` is a `Resource`. */
  isKindOf(type: string, other: string): boolean {
    if (type === other) return true
    if (type.includes('.')) return other === 'BackboneElement' || other === 'Element'
    const base = this.#definitions.structure(FHIR_STRUCTURE_BASE + type)?.baseDefinition
    return base !== undefined && this.isKindOf(base.slice(base.lastIndexOf('/') + 1), other)
  }

  /** The JSON members of an object under which FHIRPath's `name` stands: one, or for a choice the one that is there. */
  membersNamed(type: string, holder: JsonNode, name: string): readonly Variant[] {
    const shape = this.node(type)
    const plain = shape?.members.get(name)
    if (plain !== undefined) return [memberVariant(plain)]
    const found: Variant[] = []
    for (const key in holder) {
      const member = shape?.members.get(key)
      if (member !== undefined && !member.isExtra && member.element.name === name) found.push(memberVariant(member))
    }
    return found
  }

  rule(constraint: ElementConstraint, type: string): Rule {
    const { key, severity, human } = constraint
    const expression = MENDED[constraint.expression ?? ''] ?? constraint.expression
    return {
      key,
      severity,
      human,
      isBestPractice: constraint.extension?.some(({ url }) => url === BEST_PRACTICE) === true,
      holds:
        expression === undefined
          ? undefined
          : (nativeInvariant(key, expression) ?? this.#invariants?.compile(expression, type)),
    }
  }
}

function innerShape(shape: NodeShape, path: string): NodeShape | undefined {
  for (const { element } of shape.members.values()) {
    if (element.inner?.type === path) return element.inner
    const isAbove = element.inner !== undefined && path.startsWith(`${element.inner.type}.`)
    const found = isAbove && element.inner !== shape ? innerShape(element.inner, path) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** A backbone element is told by its path, so that its children can be found. */
function memberVariant({ element, variant }: Member): Variant {
  return element.inner === undefined ? variant : { ...variant, type: element.inner.type }
}

class TypeCompiler {
  readonly #shapes: TypeShapes
  /** Shapes by path, for `contentReference`. */
  readonly #inner = new Map<string, NodeShape>()

  constructor(shapes: TypeShapes) {
    this.#shapes = shapes
  }

  compile(node: DefinitionNode, kind: NodeShape['kind']): NodeShape {
    const { path } = node.element
    const members = new Map<string, Member>()
    const required: ElementShape[] = []
    const shape: NodeShape = { type: path, kind, members, required, rules: this.#rules(node.element, path, kind) }
    this.#inner.set(path, shape)
    for (const child of node.children) {
      const element = this.#element(child)
      if (element.min > 0) required.push(element)
      for (const variant of element.variants) {
        members.set(variant.key, { element, variant, isExtra: false })
        if (variant.check !== undefined && !isAttribute(child.element)) {
          members.set(`_${variant.key}`, { element, variant, isExtra: true })
        }
      }
    }
    return shape
  }

  /** A resource and a data type have their own rules; an element with children has those of its definition, laid on by its member. */
  #rules(element: ElementDefinition, path: string, kind: NodeShape['kind']): Rule[] {
    return kind === 'backbone' ? [] : this.#compileRules(element.constraint ?? [], path)
  }

  #compileRules(constraints: readonly ElementConstraint[], type: string): Rule[] {
    return constraints
      .filter(({ key }) => !BUILT_IN_RULES.has(key))
      .map(constraint => this.#shapes.rule(constraint, type))
  }

  #element(node: DefinitionNode): ElementShape {
    const { element, name, isChoice } = node
    const inner = this.#innerShape(node)
    const variants = inner === undefined ? variantsOf(node) : [{ ...plainVariant(name), type: backboneType(element) }]
    const [only] = variants
    const ruleType = inner?.type ?? (variants.length === 1 ? only?.type : undefined) ?? 'Element'
    // What the type says of itself is looked at with the type.
    const typeKeys = inner === undefined ? this.#typeRuleKeys(variants) : new Set<string>()
    const constraints = (element.constraint ?? []).filter(({ key }) => !typeKeys.has(key))
    return {
      path: element.path,
      name,
      isChoice,
      min: element.min ?? 0,
      isList: element.max !== '1' && element.max !== '0',
      variants,
      binding: bindingOf(element),
      rules: this.#compileRules(constraints, ruleType),
      inner,
    }
  }

  #innerShape(node: DefinitionNode): NodeShape | undefined {
    const reference = node.element.contentReference
    if (reference !== undefined) return this.#inner.get(reference.slice(reference.indexOf('#') + 1))
    return node.children.length === 0 ? undefined : this.compile(node, 'backbone')
  }

  #typeRuleKeys(variants: readonly Variant[]): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const { type, check } of variants) {
      if (check === undefined) for (const key of this.#shapes.ruleKeys(type)) keys.add(key)
    }
    return keys
  }
}

function backboneType(element: ElementDefinition): string {
  return element.type?.[0]?.code ?? 'BackboneElement'
}

/** `id` and `url` are attributes in XML and carry no extensions; in JSON they have no `_id`. */
function isAttribute(element: ElementDefinition): boolean {
  return element.representation?.includes('xmlAttr') === true
}

function plainVariant(key: string): Variant {
  return { key, type: 'BackboneElement', check: undefined, targetTypes: undefined, profiles: [] }
}

/** The JSON members of an element, one per type. */
export function variantsOf(node: DefinitionNode): Variant[] {
  const types: readonly ElementType[] = node.element.type ?? []
  return types.map(type => {
    const code = primitiveOfPath(node.element) ?? typeName(type)
    const key = node.isChoice ? node.name + code.charAt(0).toUpperCase() + code.slice(1) : node.name
    return {
      key,
      type: code,
      check: PRIMITIVE_CHECKS[code],
      targetTypes: code === 'Reference' ? targetTypes(type) : undefined,
      profiles: type.profile ?? [],
    }
  })
}

/** R4 says `string` of a resource's id, though every page of it says `id` (fixed in R4B). */
function primitiveOfPath(element: ElementDefinition): string | undefined {
  return element.base?.path === 'Resource.id' ? 'id' : undefined
}

/** Profiles of the standard's own types are told by their names; nothing where any type may stand, or where a name is not told. */
function targetTypes(type: ElementType): ReadonlySet<string> | undefined {
  const targets = type.targetProfile ?? []
  const names = targets
    .filter(target => target.startsWith(FHIR_STRUCTURE_BASE))
    .map(target => target.slice(FHIR_STRUCTURE_BASE.length))
  return targets.length === 0 || names.length < targets.length || names.includes('Resource')
    ? undefined
    : new Set(names)
}

/** Weaker bindings than these two cannot be broken, unless the definition names a largest value set. */
export function bindingOf(element: ElementDefinition): Binding | undefined {
  const { binding } = element
  if (binding === undefined) return undefined
  const largest = binding.extension?.find(({ url }) => url === MAX_VALUE_SET)?.valueCanonical
  const { strength, valueSet } = binding
  if (valueSet !== undefined && (strength === 'required' || strength === 'extensible')) {
    return { strength, isCodeRequired: strength === 'required', valueSet, largest }
  }
  return largest === undefined
    ? undefined
    : { strength: 'required', isCodeRequired: false, valueSet: largest, largest: undefined }
}
