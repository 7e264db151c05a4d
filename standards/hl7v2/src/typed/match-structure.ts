/**
 * Finds the place of every segment in a message structure.
 *
 * The segments are taken in order, with a stack of open groups and a position in each. Every place that a segment may go to has a
 * cost: required nodes that are passed over or left behind cost most, then places for any segment, then optional nodes skipped on the
 * way into a group; the cheapest place is taken, of equal ones the innermost. So a second ORC of an OML_O21 starts a new order, and not a
 * prior result without its patient, which the standard's grammar would allow as well. What fits nowhere ahead goes to its place behind, and
 * else stays with the group that is open: a message is never refused, and every deviation is told.
 */
import type { GroupNode, StructureDefinition, StructureNode } from '../dictionary/definition.ts'

/** Anything with a segment's name. */
export interface NamedSegment {
  readonly id: string
}

/** One occurrence of a group, or the whole message. */
export interface GroupMatch<S extends NamedSegment> {
  /** The definition's nodes. */
  readonly nodes: readonly StructureNode[]
  /** What was found of each node, in the nodes' order: segments of a segment's node, matches of a group's. */
  readonly found: readonly (S | GroupMatch<S>)[][]
  /** Segments that have no place in the structure, such as Z segments, by where they stand. */
  readonly extras: S[]
}

/**
 * `unexpected`: the structure has no such segment here. `out-of-order`: it has, but earlier. `too-many`: it has, but not so many.
 */
export type DeviationKind = 'unexpected' | 'out-of-order' | 'too-many'

export interface Deviation<S extends NamedSegment> {
  readonly kind: DeviationKind
  readonly segment: S
}

export interface StructureMatch<S extends NamedSegment> {
  readonly message: GroupMatch<S>
  readonly deviations: readonly Deviation<S>[]
}

/** An open group. */
interface Frame<S extends NamedSegment> {
  readonly match: GroupMatch<S>
  readonly choice: boolean
  /** Index of the node that was matched last. */
  index: number
}

/** A way into a node: indexes of the nodes to go through, outermost first. */
interface Entry {
  readonly cost: number
  readonly path: readonly number[]
}

interface Candidate {
  readonly cost: number
  /** Index of the frame that it is in. */
  readonly frame: number
  readonly node: number
  readonly entry: Entry
}

const REQUIRED_COST = 100
const ANY_COST = 10_000

export function matchStructure<S extends NamedSegment>(
  segments: readonly S[],
  structure: StructureDefinition,
): StructureMatch<S> {
  const message = emptyMatch<S>(structure.nodes)
  const frames: Frame<S>[] = [{ match: message, choice: false, index: -1 }]
  const deviations: Deviation<S>[] = []
  for (const segment of segments) {
    const candidate = cheapest(frames, segment.id)
    if (candidate !== undefined) {
      frames.length = candidate.frame + 1
      enter(frames, candidate, segment)
      continue
    }
    const kind = placeBehind(frames, segment)
    if (kind === 'unexpected') frames.at(-1)?.match.extras.push(segment)
    deviations.push({ kind, segment })
  }
  return { message, deviations }
}

export function isGroupMatch<S extends NamedSegment>(found: S | GroupMatch<S>): found is GroupMatch<S> {
  return 'found' in found
}

function emptyMatch<S extends NamedSegment>(nodes: readonly StructureNode[]): GroupMatch<S> {
  return { nodes, found: nodes.map(() => []), extras: [] }
}

function cheapest<S extends NamedSegment>(frames: readonly Frame<S>[], id: string): Candidate | undefined {
  let best: Candidate | undefined
  let leaving = 0
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at]
    if (frame === undefined) break
    const found = cheapestIn(frame, id)
    if (found !== undefined && (best === undefined || found.cost + leaving < best.cost)) {
      best = { ...found, cost: found.cost + leaving, frame: at }
    }
    leaving += leavingCost(frame)
    if (best !== undefined && best.cost <= leaving) break
  }
  return best
}

/** The cheapest place of a frame from its position on; the node at the position only where it may come again. */
function cheapestIn<S extends NamedSegment>(frame: Frame<S>, id: string): Omit<Candidate, 'frame'> | undefined {
  const { nodes, found } = frame.match
  let best: Omit<Candidate, 'frame'> | undefined
  let passed = 0
  for (let j = Math.max(frame.index, 0); j < nodes.length; j++) {
    const node = nodes[j]
    const count = found[j]?.length ?? 0
    if (node === undefined || (frame.choice && frame.index >= 0 && j !== frame.index)) continue
    const entry = count < node.max ? entryOf(node, id) : undefined
    if (entry !== undefined && (best === undefined || passed + entry.cost < best.cost)) {
      best = { cost: passed + entry.cost, node: j, entry }
    }
    if (!frame.choice && count < node.min) passed += REQUIRED_COST
    if (best !== undefined && best.cost <= passed) break
  }
  return best
}

/** What is still missing of a group when it is left. */
function leavingCost<S extends NamedSegment>(frame: Frame<S>): number {
  if (frame.choice) return 0
  let cost = 0
  for (let j = Math.max(frame.index, 0); j < frame.match.nodes.length; j++) {
    if ((frame.match.found[j]?.length ?? 0) < (frame.match.nodes[j]?.min ?? 0)) cost += REQUIRED_COST
  }
  return cost
}

const entries = new WeakMap<StructureNode, Map<string, Entry | undefined>>()

/** Definitions live as long as their dictionary, so what was found in them is kept; only ids of the structure are. */
function entryOf(node: StructureNode, id: string): Entry | undefined {
  if (node.kind === 'segment') return node.id === id ? SEGMENT_ENTRY : undefined
  if (node.kind === 'any') return isControl(id) ? undefined : ANY_ENTRY
  let known = entries.get(node)
  if (known === undefined) {
    known = new Map()
    entries.set(node, known)
  }
  if (known.has(id)) return known.get(id)
  const entry = entryOfGroup(node, id)
  if (entry !== undefined && entry.cost < ANY_COST) known.set(id, entry)
  return entry
}

const SEGMENT_ENTRY: Entry = { cost: 0, path: [] }
const ANY_ENTRY: Entry = { cost: ANY_COST, path: [] }

function entryOfGroup(node: GroupNode, id: string): Entry | undefined {
  let best: Entry | undefined
  let skipped = 0
  for (const [index, inner] of node.nodes.entries()) {
    const entry = entryOf(inner, id)
    const cost = (entry?.cost ?? 0) + skipped
    if (entry !== undefined && (best === undefined || cost < best.cost)) best = { cost, path: [index, ...entry.path] }
    if (node.kind === 'group') skipped += inner.min > 0 ? REQUIRED_COST : 1
  }
  return best
}

/** Segments of the message's frame never stand for "any segment". */
function isControl(id: string): boolean {
  return id === 'MSH' || id === 'DSC' || id === 'BHS' || id === 'BTS' || id === 'FHS' || id === 'FTS'
}

function enter<S extends NamedSegment>(frames: Frame<S>[], candidate: Candidate, segment: S): void {
  let at = candidate.node
  for (const next of candidate.entry.path) {
    const frame = frames.at(-1)
    const node = frame?.match.nodes[at]
    if (frame === undefined || node === undefined || node.kind === 'segment' || node.kind === 'any') return
    frame.index = at
    const match = emptyMatch<S>(node.nodes)
    frame.match.found[at]?.push(match)
    frames.push({ match, choice: node.kind === 'choice', index: -1 })
    at = next
  }
  const last = frames.at(-1)
  if (last === undefined) return
  last.index = at
  last.match.found[at]?.push(segment)
}

/** A segment whose place was passed already. The position stays: what follows belongs where it did before. */
function placeBehind<S extends NamedSegment>(frames: readonly Frame<S>[], segment: S): DeviationKind {
  let full: S[] | undefined
  for (const { match } of [...frames].reverse()) {
    for (const [index, node] of match.nodes.entries()) {
      if (node.kind !== 'segment' || node.id !== segment.id) continue
      // Only segments stand at a segment's node.
      const found = match.found[index] as S[] | undefined
      if (found === undefined) continue
      if (found.length < node.max) {
        found.push(segment)
        return 'out-of-order'
      }
      full ??= found
    }
  }
  full?.push(segment)
  return full === undefined ? 'unexpected' : 'too-many'
}
