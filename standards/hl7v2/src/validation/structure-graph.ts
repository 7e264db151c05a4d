import type { StructureNode } from '../dictionary/definition.ts'

/** A segment's place in a structure; id `#` takes any segment. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly id: string
  readonly min: number
  readonly max: number
  readonly parent: Branch
  /** Its place among its parent's children. */
  readonly index: number
}

/** A group of a structure; the outermost is the structure itself. */
export interface Branch {
  readonly kind: 'sequence' | 'choice'
  /** Names of the groups down to this one, joined by dots; `''` for the structure itself. */
  readonly path: string
  readonly min: number
  readonly max: number
  readonly parent: Branch | undefined
  readonly index: number
  readonly children: readonly Place[]
}

export type Place = Leaf | Branch

/** A way to go on from a place with a segment. */
export interface Step {
  readonly target: Leaf
  /** What the structure requires between the two places: empty for a step that keeps to the structure. */
  readonly missing: readonly Place[]
  /** The group, or the segment itself, that begins once more. */
  readonly repeats: Place | undefined
}

interface MutableBranch extends Branch {
  readonly children: Place[]
}

/**
 * A message structure as places and the steps between them, found when they are first asked for and kept, so that matching a
 * message costs one look-up per segment.
 */
export class StructureGraph {
  readonly root: Branch
  /** Ids of the segments that the structure names. */
  readonly ids: ReadonlySet<string>
  /** Whether some place takes any segment. */
  readonly open: boolean
  /** Places that must be counted: at least two, or at most a number above one. */
  readonly counted: boolean
  readonly #steps = new Map<Leaf | undefined, Map<string, readonly Step[]>>()

  constructor(nodes: readonly StructureNode[]) {
    const ids = new Set<string>()
    let counted = false
    const grow = (parent: MutableBranch, below: readonly StructureNode[]): void => {
      for (const [index, node] of below.entries()) {
        const { min, max } = node
        if (node.kind !== 'any') counted ||= min > 1 || (max > 1 && max !== Infinity)
        if ('nodes' in node) {
          const path = parent.path === '' ? node.name : `${parent.path}.${node.name}`
          const kind = node.kind === 'choice' ? 'choice' : 'sequence'
          const branch: MutableBranch = { kind, path, min, max, parent, index, children: [] }
          parent.children.push(branch)
          grow(branch, node.nodes)
        } else {
          const any = node.kind === 'any'
          const id = any ? '#' : node.id
          ids.add(id)
          // "Other segments" may be none or many, whatever number the structure writes.
          parent.children.push({ kind: 'leaf', id, min: any ? 0 : min, max: any ? Infinity : max, parent, index })
        }
      }
    }
    const root: MutableBranch = {
      kind: 'sequence',
      path: '',
      min: 1,
      max: 1,
      parent: undefined,
      index: 0,
      children: [],
    }
    grow(root, nodes)
    this.root = root
    this.open = ids.delete('#')
    this.ids = ids
    this.counted = counted
  }

  /** Every way to go on with a segment, the nearest first. Without a place, from the beginning. */
  steps(from: Leaf | undefined, id: string): readonly Step[] {
    // Ids come from messages: what the structure does not name is not kept.
    const key = this.ids.has(id) ? id : '#'
    let known = this.#steps.get(from)
    if (known === undefined) this.#steps.set(from, (known = new Map<string, readonly Step[]>()))
    const found = known.get(key)
    if (found !== undefined) return found
    const steps = key === '#' ? [] : stepsFrom(this.root, from, key)
    if (this.open && !steps.some(({ missing }) => missing.length === 0)) {
      steps.push(...stepsFrom(this.root, from, '#').filter(({ missing }) => missing.length === 0))
    }
    known.set(key, steps)
    return steps
  }

  /** What is still required when the message ends after a place. */
  missingAfter(from: Leaf | undefined): readonly Place[] {
    if (from === undefined) return this.root.children.filter(isRequired)
    const missing: Place[] = []
    for (let place: Place | undefined = from; place?.parent !== undefined; place = place.parent) {
      missing.push(...requiredBehind(place))
    }
    return missing
  }
}

/** The best step: the one that leaves out least, and of those the nearest. */
export function bestStep(steps: readonly Step[]): Step | undefined {
  let best = steps[0]
  for (const step of steps) if (best !== undefined && step.missing.length < best.missing.length) best = step
  return best
}

/** The first segment that a place requires, or begins with. */
export function leadOf(place: Place): Leaf | undefined {
  if (place.kind === 'leaf') return place
  const required = place.children.find(isRequired)
  const candidates = required === undefined ? place.children : [required]
  for (const child of candidates) {
    const lead = leadOf(child)
    if (lead !== undefined) return lead
  }
  return undefined
}

function stepsFrom(root: Branch, from: Leaf | undefined, id: string): Step[] {
  if (from === undefined) return entries(root, id, [])
  const steps: Step[] = []
  if (from.id === id && from.max > 1) steps.push({ target: from, missing: [], repeats: from })
  const passed: Place[] = []
  for (let place: Place = from; place.parent !== undefined; place = place.parent) {
    const { parent } = place
    for (const sibling of siblingsBehind(place)) {
      steps.push(...entries(sibling, id, passed))
      if (isRequired(sibling)) passed.push(sibling)
    }
    if (parent.max > 1) for (const step of entries(parent, id, passed)) steps.push({ ...step, repeats: parent })
  }
  return steps
}

/** Ways into a place, given what was passed over on the way to it. */
function entries(place: Place, id: string, passed: readonly Place[]): Step[] {
  if (place.kind === 'leaf') {
    return place.id === id ? [{ target: place, missing: passed.slice(), repeats: undefined }] : []
  }
  const steps: Step[] = []
  const skipped = passed.slice()
  for (const child of place.children) {
    steps.push(...entries(child, id, skipped))
    if (place.kind === 'sequence' && isRequired(child)) skipped.push(child)
  }
  return steps
}

function siblingsBehind({ parent, index }: Place): readonly Place[] {
  return parent === undefined || parent.kind === 'choice' ? [] : parent.children.slice(index + 1)
}

function requiredBehind(place: Place): readonly Place[] {
  return siblingsBehind(place).filter(isRequired)
}

/** A group whose every part is optional may be empty, whatever its own cardinality says. */
function isRequired(place: Place): boolean {
  if (place.min === 0) return false
  if (place.kind === 'leaf') return true
  return place.kind === 'choice' ? place.children.every(isRequired) : place.children.some(isRequired)
}
