import { elementType } from '../compile/element-types.ts'
import { nearestNode, setReference } from './run-message.ts'
import type { ResourceNode, RunContext } from './run-context.ts'

/** References that follow from a resource's place in the message; the guide's sheets give most of them, but not everywhere. */
const LINKS: readonly (readonly [path: string, target: string])[] = [
  ['subject', 'Patient'],
  ['patient', 'Patient'],
  ['beneficiary', 'Patient'],
  ['encounter', 'Encounter'],
]

/** Types that these do not hold for: they are of the message, or of nobody in particular. */
const NOT_LINKED = new Set([
  'Patient',
  'Location',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Device',
  'Medication',
  'Provenance',
  'MessageHeader',
  'Basic',
])

/** Links what the maps have left without subject, patient or encounter to those of its group. */
export function addDefaultLinks(run: RunContext): void {
  const patients = run.nodes.some(({ type }) => type === 'Patient')
  if (!patients) return
  for (const node of run.nodes) {
    if (NOT_LINKED.has(node.type)) continue
    for (const [name, target] of LINKS) linkTo(node, name, target, run)
    if (node.type === 'DocumentReference') linkContext(node, run)
  }
}

function linkTo(node: ResourceNode, name: string, target: string, run: RunContext): void {
  if (node.resource[name] !== undefined || node.type === target) return
  const element = elementType(node.type, name)
  if (element?.type !== 'Reference') return
  const to = nearestNode(`${target}[1]`, target, node.place, run)
  if (to !== undefined && to !== node) setReference(node.resource, [{ name, many: element.many }], to, run)
}

function linkContext(node: ResourceNode, run: RunContext): void {
  const encounter = nearestNode('Encounter[1]', 'Encounter', node.place, run)
  if (encounter === undefined) return
  setReference(
    node.resource,
    [
      { name: 'context', many: false },
      { name: 'encounter', many: true },
    ],
    encounter,
    run,
  )
}
