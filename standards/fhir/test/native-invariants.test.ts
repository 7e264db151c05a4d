import assert from 'node:assert/strict'
import { test } from 'node:test'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { nativeInvariant } from '../src/validation/native-invariants.ts'

type Node = Readonly<Record<string, unknown>>

const CONTAINED = [
  { resourceType: 'Organization', id: 'a', name: 'A' },
  { resourceType: 'Organization', id: 'b', contained: [{ resourceType: 'Basic', id: 'c', code: {} }] },
  { resourceType: 'Organization', id: 'd', meta: { versionId: '1' } },
  { resourceType: 'Organization', id: 'e', meta: { security: [{ code: 'R' }] } },
  { resourceType: 'Provenance', id: 'f', target: [{ reference: '#' }] },
]

const RESOURCES: readonly Node[] = [
  { resourceType: 'Patient' },
  { resourceType: 'Patient', text: { status: 'generated', div: '<div>a</div>' } },
  ...CONTAINED.flatMap(contained => [
    { resourceType: 'Patient', contained: [contained] },
    { resourceType: 'Patient', contained: [contained], managingOrganization: { reference: `#${contained.id}` } },
    { resourceType: 'Patient', contained: [contained, CONTAINED[0]], managingOrganization: { reference: '#a' } },
  ]),
]

const EXTENSIONS: readonly Node[] = [
  { url: 'u' },
  { url: 'u', valueCode: 'a' },
  { url: 'u', extension: [{ url: 'v', valueCode: 'a' }] },
  { url: 'u', valueCode: 'a', extension: [{ url: 'v', valueCode: 'a' }] },
]

const REFERENCED: Node = { resourceType: 'Patient', contained: [CONTAINED[0]] }
const REFERENCES: readonly Node[] = [
  { reference: '#a' },
  { reference: '#b' },
  { reference: 'Patient/1' },
  { display: 'a' },
]

const DOM_3 =
  "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()"
const REF_1 =
  "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))"

const RULES: readonly { key: string; expression: string; type: string; nodes: readonly Node[]; resource?: Node }[] = [
  { key: 'dom-2', expression: 'contained.contained.empty()', type: 'Patient', nodes: RESOURCES },
  { key: 'dom-3', expression: DOM_3, type: 'Patient', nodes: RESOURCES },
  {
    key: 'dom-4',
    expression: 'contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()',
    type: 'Patient',
    nodes: RESOURCES,
  },
  { key: 'dom-5', expression: 'contained.meta.security.empty()', type: 'Patient', nodes: RESOURCES },
  { key: 'dom-6', expression: 'text.`div`.exists()', type: 'Patient', nodes: RESOURCES },
  { key: 'ext-1', expression: 'extension.exists() != value.exists()', type: 'Extension', nodes: EXTENSIONS },
  { key: 'ref-1', expression: REF_1, type: 'Reference', nodes: REFERENCES, resource: REFERENCED },
]

/** `as` takes one item only since FHIRPath 2; the rules of R4 were written before. */
function strictly(expression: string): string {
  return expression.replaceAll('%resource.descendants().as(', '%resource.descendants().ofType(')
}

for (const { key, expression, type, nodes, resource } of RULES) {
  test(`${key} by hand says what its FHIRPath says`, () => {
    const native = nativeInvariant(key, expression)
    assert.ok(native !== undefined)
    const seen = new Set<boolean>()
    for (const node of nodes) {
      const owner = resource ?? node
      const contained = (owner['contained'] ?? []) as readonly Node[]
      const resolve = (reference: string): Node | undefined =>
        contained.find(({ id }) => reference === `#${String(id)}`)
      const byHand = native(node, { resource: owner, rootResource: owner, resolve })
      const environment = { resource: owner, rootResource: owner }
      const answer: unknown = fhirpath.evaluate(
        node,
        { base: type, expression: strictly(expression) },
        environment,
        r4,
        {
          async: false,
          traceFn: () => undefined,
        },
      )
      const [byPath = true] = Array.isArray(answer) ? answer : []
      assert.equal(byHand, byPath, JSON.stringify(node))
      seen.add(byPath === true)
    }
    // A comparison that only ever meets one answer compares nothing.
    assert.equal(seen.size, 2)
  })
}
