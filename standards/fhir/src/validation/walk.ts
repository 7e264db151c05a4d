import { checkBinding } from './bindings.ts'
import { checkDataType } from './data-type-checks.ts'
import { checkExtension } from './extensions.ts'
import { isNode, type JsonNode, textAt } from './json-node.ts'
import { applyProfiles } from './overlay-apply.ts'
import { checkReference } from './references.ts'
import { walkResource } from './resource.ts'
import type { Run } from './run.ts'
import type { ElementShape, Member, NodeShape, Variant } from './shape.ts'

/**
 * Looks at an object of a type: its members, what is missing, and the type's own rules. An object beside a primitive's value may have an
 * id only; any other has more (ele-1).
 */
export function walkNode(run: Run, node: JsonNode, shape: NodeShape, hasValueBeside = false): void {
  const isResource = shape.kind === 'resource'
  let hasContent = false
  let choices: Map<string, string> | undefined
  for (const key in node) {
    const value = node[key]
    if (value === undefined) continue
    if (key !== 'id' || hasValueBeside) hasContent = true
    const member = shape.members.get(key)
    if (member === undefined) {
      if (!(isResource && key === 'resourceType')) unknownMember(run, key, shape)
      continue
    }
    if (member.element.isChoice) {
      choices ??= new Map()
      const known = choices.get(member.element.name)
      if (known === undefined) choices.set(member.element.name, member.variant.key)
      else if (known !== member.variant.key) {
        run.error('choice-repeated', `${member.element.name}[x] may have one type only`, member.element.name)
      }
    }
    if (value === null) run.error('null-misplaced', 'A member is never null: leave it out', member.element.name)
    else if (member.isExtra) walkExtraMember(run, node, value, member)
    else if (member.element.isList) walkList(run, node, value, member)
    else if (Array.isArray(value))
      run.error('list-unexpected', `${member.element.name} does not repeat: it is no list`, member.element.name)
    else walkEntry(run, node, value, member, -1)
  }
  if (!hasContent && !isResource) run.error('element-empty', 'An element has a value or children')
  for (const element of shape.required) if (isAbsent(node, element)) missing(run, element)
  run.rules(shape.rules, node)
}

function unknownMember(run: Run, key: string, shape: NodeShape): void {
  // The key is quoted only where it looks like an element's name: it may be anything.
  const named = /^_?[A-Za-z][A-Za-z0-9]{0,60}$/.test(key) ? `"${key}"` : 'this'
  const hint = key.startsWith('_') && shape.members.has(key.slice(1)) ? ': only a primitive has such a member' : ''
  run.error('element-unknown', `${shape.type} has no element ${named}${hint}`, named === 'this' ? undefined : key)
}

function isAbsent(node: JsonNode, element: ElementShape): boolean {
  for (const { key, check } of element.variants) {
    if (node[key] !== undefined || (check !== undefined && node[`_${key}`] !== undefined)) return false
  }
  return true
}

function missing(run: Run, element: ElementShape): void {
  run.error('element-missing', `${element.name} is required`, element.name)
}

function walkList(run: Run, holder: JsonNode, value: unknown, member: Member): void {
  const { name } = member.element
  if (!Array.isArray(value)) {
    run.error('list-expected', `${name} may repeat: it is a list, even of one`, name)
    walkEntry(run, holder, value, member, -1)
    return
  }
  const list: readonly unknown[] = value
  if (list.length === 0) run.error('element-empty', 'A list is never empty: leave it out', name)
  for (let index = 0; index < list.length; index++) {
    const entry = list[index]
    if (entry === null) checkHole(run, holder, member, index)
    else walkEntry(run, holder, entry, member, index)
  }
}

/** A null in a list of primitives keeps the place of an entry that has only extensions. */
function checkHole(run: Run, holder: JsonNode, member: Member, index: number): void {
  const extras = holder[`_${member.variant.key}`]
  if (member.variant.check !== undefined && Array.isArray(extras) && isNode(extras[index])) return
  run.location.push(member.element.name, index, member)
  run.error('null-misplaced', 'Null stands only for a primitive that has extensions and no value')
  run.location.pop()
}

function walkEntry(run: Run, holder: JsonNode, value: unknown, member: Member, index: number): void {
  const { element, variant } = member
  run.location.push(element.name, index, member)
  if (variant.check !== undefined) walkPrimitive(run, holder, value, member, index)
  else if (!isNode(value)) run.error('type-wrong', `${element.name} is an object (${variant.type})`)
  else if (element.inner !== undefined) walkNode(run, value, element.inner)
  else if (variant.type === 'Resource') walkResource(run, value, element.name === 'contained')
  else walkDataType(run, value, holder, variant)
  if (element.binding !== undefined) checkBinding(run, element.binding, variant.type, value)
  if (element.rules.length > 0) run.rules(element.rules, value)
  if (variant.profiles.length > 0) applyProfiles(run, variant.profiles, { value, extra: undefined, type: variant.type })
  run.location.pop()
}

function walkDataType(run: Run, node: JsonNode, holder: JsonNode, variant: Variant): void {
  const shape = run.kit.shapes.get(variant.type)
  if (shape === undefined) {
    run.remark(run.kit.policy.unknownProfiles, 'profile-unknown', `The type ${variant.type} is not known`)
    return
  }
  walkNode(run, node, shape)
  if (variant.type === 'Reference') checkReference(run, node, variant.targetTypes)
  else if (variant.type === 'Extension') checkExtension(run, node, urlOf(holder))
  else checkDataType(run, node, variant.type)
}

/** What carries an extension and has a url is an extension: no other type that is extended has one under this name in R4 but resources. */
function urlOf(holder: JsonNode): string | undefined {
  return holder['resourceType'] === undefined ? textAt(holder, 'url') : undefined
}

const FAULT_TEXT = {
  type: ['type-wrong', 'has another JSON type'],
  value: ['value-invalid', 'is not written as the type demands'],
  range: ['value-out-of-range', 'is out of the range of the type'],
} as const

function walkPrimitive(run: Run, holder: JsonNode, value: unknown, member: Member, index: number): void {
  const { element, variant } = member
  const fault = variant.check?.(value, holder, variant.key, index === -1 ? undefined : index)
  if (fault !== undefined) {
    const [code, text] = FAULT_TEXT[fault]
    run.error(code, `The value of ${element.name} ${text} ${variant.type}`)
  } else if (element.name === 'id' && typeof value === 'string') checkElementId(run, value, element)
}

/** FHIR R4 element.html#Element: an id is unique within its resource. */
function checkElementId(run: Run, id: string, element: ElementShape): void {
  const { scope } = run
  if (scope === undefined || element.variants[0]?.type === 'id') return
  // A StructureDefinition names the same elements in its differential and its snapshot.
  if (scope.resource['resourceType'] === 'StructureDefinition') return
  scope.elementIds ??= new Set()
  if (scope.elementIds.has(id)) run.error('id-repeated', 'Another element of the resource has the same id')
  scope.elementIds.add(id)
}

/** `_birthDate`: the id and the extensions of a primitive. */
function walkExtraMember(run: Run, holder: JsonNode, value: unknown, member: Member): void {
  const { element, variant } = member
  if (!element.isList) {
    walkExtra(run, value, member, -1, holder[variant.key] !== undefined)
    return
  }
  if (!Array.isArray(value)) {
    run.error('list-expected', `_${variant.key} is a list, as ${variant.key} is`, element.name)
    return
  }
  const values = holder[variant.key]
  for (let index = 0; index < value.length; index++) {
    const extra: unknown = value[index]
    if (extra !== null) walkExtra(run, extra, member, index, isValueAt(values, index))
    else if (!Array.isArray(values) || values[index] === undefined) {
      run.error('null-misplaced', `An entry of _${variant.key} is null where ${variant.key} has none`, element.name)
    }
  }
}

function isValueAt(values: unknown, index: number): boolean {
  return Array.isArray(values) && values[index] !== undefined && values[index] !== null
}

function walkExtra(run: Run, extra: unknown, member: Member, index: number, hasValue: boolean): void {
  const shape = run.kit.shapes.get('Element')
  run.location.push(member.element.name, index, member)
  if (!isNode(extra)) run.error('type-wrong', 'What stands beside a primitive is an object with id and extension')
  else if (shape !== undefined) walkNode(run, extra, shape, hasValue)
  run.location.pop()
}
