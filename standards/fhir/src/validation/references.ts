import { isNode, type JsonNode, listOf, textAt } from './json-node.ts'
import type { ResourceScope, Run } from './run.ts'

/** FHIR R4 references.html#literal: an address on some server, with or without a version. */
const RESTFUL =
  /^(?:(https?:\/\/[^\s?#]+)\/)?([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?(?:#\S+)?$/
const URN = /^urn:(uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|oid:[0-2](\.(0|[1-9]\d*))+)$/i
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\S+$/i
/** `Patient?identifier=...`, which a transaction resolves (FHIR R4 http.html#trules). */
const CONDITIONAL = /^([A-Z][A-Za-z]{1,63})\?\S+$/

/** Looks at a Reference: how it is written, and whether what it points at is of an allowed type as far as that can be told. */
export function checkReference(run: Run, reference: JsonNode, allowed: ReadonlySet<string> | undefined): void {
  const told = textAt(reference, 'type')
  if (told !== undefined && allowed !== undefined && run.kit.shapes.isResourceType(told) && !allowed.has(told)) {
    wrongType(run, told, allowed, 'type')
  }
  const address = textAt(reference, 'reference')
  if (address === undefined) return
  if (address.startsWith('#')) {
    checkFragment(run, address, allowed)
    return
  }
  const restful = RESTFUL.exec(address)
  if (restful === null && !URN.test(address) && !ABSOLUTE.test(address) && !CONDITIONAL.test(address)) {
    run.error('reference-invalid', 'A reference is Type/id, an absolute URL, urn:uuid:, urn:oid: or #id', 'reference')
    return
  }
  const type = referencedType(run, address)
  if (type === undefined || !run.kit.shapes.isResourceType(type)) {
    if (restful !== null && restful[1] === undefined) {
      run.error('reference-invalid', 'The reference begins with the name of no resource type', 'reference')
    }
    return
  }
  if (allowed !== undefined && !allowed.has(type)) wrongType(run, type, allowed, 'reference')
  else if (told !== undefined && told !== type && run.kit.shapes.isResourceType(told)) {
    run.error('reference-type-wrong', `The reference points at ${article(type)}, and its type says ${told}`, 'type')
  }
}

/** The type that a reference points at: of the resource where it is at hand, else as its address says. */
export function referencedType(run: Run, address: string): string | undefined {
  const target = resolveLocally(run.scope, address)
  if (target !== undefined) return textAt(target, 'resourceType')
  return RESTFUL.exec(address)?.[2] ?? CONDITIONAL.exec(address)?.[1]
}

/** The resource that an address means, where it is contained or an entry of the same Bundle. */
export function resolveLocally(scope: ResourceScope | undefined, address: string): JsonNode | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    at.targets ??= targetsOf(at.resource)
    const found = at.targets.get(address)
    if (found !== undefined) return found
    if (at.resource['resourceType'] === 'Bundle') return absoluteInBundle(at, scope, address)
  }
  return undefined
}

/** A relative address is of the server that the entry itself is of (FHIR R4 bundle.html#references). */
function absoluteInBundle(
  bundle: ResourceScope,
  scope: ResourceScope | undefined,
  address: string,
): JsonNode | undefined {
  bundle.entryBases ??= entryBases(bundle.resource)
  for (let at = scope; at !== undefined && at !== bundle; at = at.parent) {
    const base = bundle.entryBases.get(at.resource)
    if (base !== undefined) return bundle.targets?.get(base + address)
  }
  return undefined
}

/** The addresses of the servers that entries say they are of, by their resources. */
function entryBases(bundle: JsonNode): ReadonlyMap<JsonNode, string> {
  const bases = new Map<JsonNode, string>()
  for (const entry of listOf(bundle['entry']).filter(isNode)) {
    const inner = entry['resource']
    const base = /^(https?:\/\/.*\/)[A-Za-z]+\/[^/]+$/.exec(textAt(entry, 'fullUrl') ?? '')?.[1]
    if (base !== undefined && isNode(inner)) bases.set(inner, base)
  }
  return bases
}

function targetsOf(resource: JsonNode): ReadonlyMap<string, JsonNode> {
  const targets = new Map<string, JsonNode>()
  for (const inner of listOf(resource['contained']).filter(isNode)) {
    const id = textAt(inner, 'id')
    if (id !== undefined) targets.set(`#${id}`, inner)
  }
  if (resource['resourceType'] !== 'Bundle') return targets
  for (const entry of listOf(resource['entry']).filter(isNode)) {
    const fullUrl = textAt(entry, 'fullUrl')
    const inner = entry['resource']
    if (fullUrl !== undefined && isNode(inner)) targets.set(fullUrl, inner)
  }
  return targets
}

function checkFragment(run: Run, address: string, allowed: ReadonlySet<string> | undefined): void {
  const scope = run.scope
  // `#` is the container itself; that a contained resource of this id exists is what ref-1 says.
  const target = address === '#' ? scope?.root : resolveLocally(scope, address)
  const type = target === undefined ? undefined : textAt(target, 'resourceType')
  if (type !== undefined && allowed !== undefined && !allowed.has(type)) wrongType(run, type, allowed, 'reference')
}

function wrongType(run: Run, type: string, allowed: ReadonlySet<string>, member: string): void {
  run.error(
    'reference-type-wrong',
    `${article(type)} cannot stand here: the reference is to ${[...allowed].join(', ')}`,
    member,
  )
}

function article(type: string): string {
  return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`
}
