import { isNode, type JsonNode, listOf, textAt } from './json-node.ts'
import { NOTHING_TO_READ, narrativeFault } from './narrative.ts'
import type { Invariant } from './ports.ts'

/**
 * The rules that nearly every resource is asked, written by hand: they are most of what FHIRPath would be asked to do (FHIR R4
 * domainresource.html#invs, extensibility.html#Extension). `test/native-invariants.test.ts` compares each with its FHIRPath.
 */
const NATIVE: Readonly<Record<string, Invariant>> = {
  // dom-2
  'contained.contained.empty()': node => contained(node).every(inner => inner['contained'] === undefined),
  // dom-4
  'contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()': node =>
    contained(node).every(
      ({ meta }) => !isNode(meta) || (meta['versionId'] === undefined && meta['lastUpdated'] === undefined),
    ),
  // dom-5
  'contained.meta.security.empty()': node =>
    contained(node).every(({ meta }) => !isNode(meta) || meta['security'] === undefined),
  // dom-6
  'text.`div`.exists()': node => isNode(node) && isNode(node['text']) && node['text']['div'] !== undefined,
  // ref-1: FHIRPath would look through all that is contained for each reference.
  "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))":
    (node, { resolve }) => {
      const address = isNode(node) ? textAt(node, 'reference') : undefined
      return address === undefined || !address.startsWith('#') || address === '#' || resolve(address) !== undefined
    },
  // ext-1
  'extension.exists() != value.exists()': node => isNode(node) && (node['extension'] !== undefined) !== hasValue(node),
}

/** Two rules have the same expression, `htmlChecks()`, and say different things. */
const NARRATIVE: Readonly<Record<string, Invariant>> = {
  'txt-1': node => typeof node !== 'string' || (narrativeFault(node) ?? NOTHING_TO_READ) === NOTHING_TO_READ,
  'txt-2': node => typeof node !== 'string' || narrativeFault(node) !== NOTHING_TO_READ,
}

/** dom-3, whose expression has several spellings. */
const CONTAINED_REFERENCED = /^contained\.where\(\(\('#'\+id in \(%resource\.descendants\(\)\.reference/

export function nativeInvariant(key: string, expression: string): Invariant | undefined {
  if (CONTAINED_REFERENCED.test(expression)) return isEveryContainedReferenced
  if (expression === 'htmlChecks()') return NARRATIVE[key]
  return Object.hasOwn(NATIVE, expression) ? NATIVE[expression] : undefined
}

function contained(node: unknown): readonly JsonNode[] {
  return isNode(node) ? listOf(node['contained']).filter(isNode) : []
}

function hasValue(extension: JsonNode): boolean {
  for (const key in extension) if (key.startsWith('value') || key.startsWith('_value')) return true
  return false
}

/** dom-3: a contained resource is referred to from the resource, or refers to it. */
function isEveryContainedReferenced(node: unknown): boolean {
  const inner = contained(node)
  if (inner.length === 0) return true
  const targets = new Set<string>()
  collectFragments(node, targets)
  return inner.every(resource => {
    const id = textAt(resource, 'id')
    if (id === undefined || targets.has(`#${id}`)) return true
    const own = new Set<string>()
    collectFragments(resource, own)
    return own.has('#')
  })
}

/** Every text that is a fragment: references, canonicals and other addresses inside the resource. */
function collectFragments(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('#')) into.add(value)
    return
  }
  if (Array.isArray(value)) {
    for (const entry of value) collectFragments(entry, into)
    return
  }
  if (isNode(value)) for (const key in value) collectFragments(value[key], into)
}
