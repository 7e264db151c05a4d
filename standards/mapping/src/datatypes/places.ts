import type { V2Value } from '../read/v2-value.ts'
import type { Json, ResourceNode, RunContext } from '../run/run-context.ts'
import { authorityOf, authorityUri } from './authority.ts'
import { entityIdentifier } from './identifiers.ts'

const PHYSICAL_TYPES = 'http://terminology.hl7.org/CodeSystem/location-physical-type'
/** Components of PL from the widest to the most exact, with their physical type and its display. */
const PL_LEVELS = [
  [4, 'si', 'Site'],
  [7, 'bu', 'Building'],
  [1, 'wa', 'Ward'],
  [8, 'lvl', 'Level'],
  [2, 'ro', 'Room'],
  [3, 'bd', 'Bed'],
] as const

/**
 * PL as Locations: one for each level that is named, each part of the next wider; gives the most exact, which is what others
 * refer to (`PL[Location]`).
 */
export function locationOf(value: V2Value, run: RunContext): ResourceNode | undefined {
  let wider: ResourceNode | undefined
  let path = ''
  for (const [component, type, display] of PL_LEVELS) {
    const part = value.part(component)
    if (part === undefined) continue
    const [namespace, id, idType] = authorityOf(part)
    const name = namespace !== '' ? namespace : id
    const system = authorityUri(namespace, id, idType, run)
    run.took(part, '.location')
    const node = run.node('Location')
    path = `${path}|${component}:${name}`
    node.identity = path
    Object.assign(node.resource, {
      identifier: [{ ...(system === undefined ? {} : { system }), value: name }],
      name,
      mode: 'instance',
      physicalType: { coding: [{ system: PHYSICAL_TYPES, code: type, display }] },
      ...(wider === undefined ? {} : { partOf: run.refer(wider) }),
    })
    wider = node
  }
  const comprehensive = value.part(10)
  if (wider === undefined && value.part(9) === undefined && comprehensive === undefined) return undefined
  wider ??= run.node('Location')
  describe(wider.resource, value, run)
  return wider
}

function describe(location: Json, value: V2Value, run: RunContext): void {
  const description = value.part(9)
  if (description !== undefined) {
    run.took(description, '.location.description')
    location['description'] = description.text
    location['name'] ??= description.text
  }
  const comprehensive = value.part(10)
  const identifier = comprehensive && entityIdentifier(comprehensive, run)
  if (identifier === undefined) return
  const known = location['identifier']
  location['identifier'] = Array.isArray(known) ? [...(known as Json[]), identifier] : [identifier]
}
