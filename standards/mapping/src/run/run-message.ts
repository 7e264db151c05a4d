import type { CompiledMessage, CompiledMessageRow, CompiledReference } from '../compile/compile-message.ts'
import type { Scope } from '../compile/compile-condition.ts'
import type { V2Segment } from '../read/v2-value.ts'
import { applySegment } from './apply-map.ts'
import type { GroupInstance, PlacedSegment } from './place-segments.ts'
import { commonDepth, isApart, placeSegments } from './place-segments.ts'
import type { Json, ResourceNode, RunContext } from './run-context.ts'

/** Segments of a message by name, and which of them is nearest to a place in its groups. */
class Surroundings {
  private readonly byId = new Map<string, { segment: V2Segment; place: readonly number[] }[]>()

  constructor(placed: readonly (PlacedSegment | V2Segment)[]) {
    for (const item of placed) {
      const [segment, place] = 'leaf' in item ? [item.segment, item.group.place] : [item, []]
      const known = this.byId.get(segment.id)
      if (known === undefined) this.byId.set(segment.id, [{ segment, place }])
      else known.push({ segment, place })
    }
  }

  near(id: string, place: readonly number[]): V2Segment | undefined {
    let best: V2Segment | undefined
    let depth = -1
    for (const candidate of this.byId.get(id) ?? []) {
      const common = commonDepth(candidate.place, place)
      if (common <= depth || isApart(candidate.place, place, common)) continue
      depth = common
      best = candidate.segment
    }
    return best
  }
}

interface Waiting {
  readonly reference: CompiledReference
  readonly node: ResourceNode
  readonly place: readonly number[]
  readonly segment: V2Segment
}

/** Applies a message's maps to its segments: afterwards `run.nodes` holds the resources. */
export function runMessage(message: CompiledMessage, segments: readonly V2Segment[], run: RunContext): void {
  const placed = placeSegments(message.structure, segments)
  const surroundings = new Surroundings(placed)
  const instances = new Map<string, ResourceNode>()
  const waiting: Waiting[] = []
  for (const item of placed) {
    if (!('leaf' in item)) {
      noteUnplaced(item, run)
      continue
    }
    const rows = message.rows.get(item.leaf.at)
    if (rows === undefined) continue
    const { place } = item.group
    run.segment = item.segment
    run.place = place
    const near = (id: string): V2Segment | undefined => surroundings.near(id, place)
    const scope: Scope = { name: item.segment.id, segment: item.segment, value: undefined, field: 0, near }
    for (const row of rows) {
      if (row.test !== undefined && !row.test(scope)) continue
      const node = instanceFor(row, item.group, instances, run)
      // A row at EVN may ask what MSH says: the map's name tells which segment it reads.
      const source = row.map.owner === item.segment.id ? item.segment : near(row.map.owner)
      if (source !== undefined) applySegment(row.map, source, node.resource, near, run)
      for (const reference of row.references) waiting.push({ reference, node, place, segment: item.segment })
    }
  }
  run.segment = undefined
  run.place = []
  for (const item of waiting) link(item, run)
}

function noteUnplaced(segment: V2Segment, run: RunContext): void {
  run.segment = segment
  run.issue(
    'segment-unplaced',
    'warning',
    'The structure has no place for the segment, or has it already; it was not mapped',
  )
  run.segment = undefined
}

/** The resource that a row writes to: the one of its label in the group they share, or a new one. */
function instanceFor(
  row: CompiledMessageRow,
  group: GroupInstance,
  instances: Map<string, ResourceNode>,
  run: RunContext,
): ResourceNode {
  if (row.scope === undefined) {
    // Rows of one segment with one label write to one resource.
    const own = `${row.label}#${run.segment?.index ?? 0}`
    return remembered(own, row, run.place, instances, run)
  }
  let at: GroupInstance = group
  while (at.group !== row.scope && at.parent !== undefined) at = at.parent
  const mark = row.type === 'Provenance' ? `${row.label}${run.segment?.id ?? ''}` : row.label
  return remembered(`${mark}@${at.place.join('.')}`, row, at.place, instances, run)
}

function remembered(
  key: string,
  row: CompiledMessageRow,
  place: readonly number[],
  instances: Map<string, ResourceNode>,
  run: RunContext,
): ResourceNode {
  const known = instances.get(key)
  if (known !== undefined) return known
  const inner = run.place
  run.place = place
  run.field = 0
  const node = run.node(row.type, row.label)
  run.place = inner
  instances.set(key, node)
  return node
}

/** The resource of a label that shares most groups with a place; without one of the label, one of the type. */
export function nearestNode(
  label: string,
  type: string,
  place: readonly number[],
  run: RunContext,
  not?: ResourceNode,
): ResourceNode | undefined {
  return best(run.byLabel.get(label), place, not) ?? best(run.byType.get(type), place, not)
}

function best(
  nodes: readonly ResourceNode[] | undefined,
  place: readonly number[],
  not: ResourceNode | undefined,
): ResourceNode | undefined {
  if (nodes === undefined) return undefined
  let found: ResourceNode | undefined
  let depth = -1
  for (const node of nodes) {
    if (node === not) continue
    const common = commonDepth(node.place, place)
    if (common <= depth || isApart(node.place, place, common)) continue
    depth = common
    found = node
  }
  return found
}

/** The row's own resource comes first, then what the same segment made, then the nearest of the name. */
function link({ reference, node, place, segment }: Waiting, run: RunContext): void {
  const own = (label: string, type: string): ResourceNode | undefined => {
    if (node.label === label && node.type === type) return node
    return run.byLabel.get(label)?.find(made => made.segment === segment)
  }
  const from = own(reference.from, reference.fromType) ?? nearestNode(reference.from, reference.fromType, place, run)
  const to = own(reference.to, reference.toType) ?? nearestNode(reference.to, reference.toType, place, run, from)
  if (from === undefined || to === undefined || from === to) return
  setReference(from.resource, reference.path, to, run)
}

/** Sets a reference unless it is there; lists grow. */
export function setReference(
  resource: Json,
  path: readonly { readonly name: string; readonly many: boolean }[],
  to: ResourceNode,
  run: RunContext,
): void {
  let at = resource
  for (const [i, { name, many }] of path.entries()) {
    if (i === path.length - 1) {
      place(at, name, many, to, run)
      return
    }
    at = many ? vacantItem(at, name, path[i + 1]?.name ?? '') : objectAt(at, name)
  }
}

function place(at: Json, name: string, many: boolean, to: ResourceNode, run: RunContext): void {
  if (!many) {
    if (at[name] === undefined) at[name] = run.refer(to)
    return
  }
  const list = at[name]
  if (!Array.isArray(list)) at[name] = [run.refer(to)]
  else if (!(list as Json[]).some(item => run.references.get(item) === to)) list.push(run.refer(to))
}

function objectAt(at: Json, name: string): Json {
  const known = at[name]
  if (typeof known === 'object' && known !== null) return known as Json
  const made: Json = {}
  at[name] = made
  return made
}

/** The item of a list that does not say yet what is to be said, or a new one. */
function vacantItem(at: Json, name: string, next: string): Json {
  const list = Array.isArray(at[name]) ? (at[name] as Json[]) : []
  const vacant = list.find(item => item[next] === undefined)
  if (vacant !== undefined) return vacant
  const made: Json = {}
  at[name] = [...list, made]
  return made
}
