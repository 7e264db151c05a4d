import type { Structure, StructureGroup, StructureLeaf } from '../compile/structure.ts'
import type { V2Segment } from '../read/v2-value.ts'

/** A group that really stands in the message. */
export interface GroupInstance {
  readonly group: StructureGroup
  readonly parent: GroupInstance | undefined
  /** Ordinals from the root: equal beginnings mean a common group. */
  readonly place: readonly number[]
}

export interface PlacedSegment {
  readonly segment: V2Segment
  readonly leaf: StructureLeaf
  readonly group: GroupInstance
}

/**
 * Finds each segment's place in the structure. Senders leave out, repeat and reorder, so this does not judge: it looks forward in
 * the innermost group, then for its next repetition, then in the group around it, and at last anywhere in the structure.
 */
export function placeSegments(structure: Structure, segments: readonly V2Segment[]): (PlacedSegment | V2Segment)[] {
  const placer = new Placer(structure)
  return segments.map(segment => placer.place(segment) ?? segment)
}

/** Room for the ordinals of groups, so that one number tells the group and which of its instances. */
const INSTANCES = 2 ** 20

class Placer {
  private readonly structure: Structure
  private current: GroupInstance
  private at = -1
  private instances = 0
  /** Places for one segment that have it. */
  private readonly taken = new Set<string>()

  constructor(structure: Structure) {
    this.structure = structure
    this.current = { group: structure.root, parent: undefined, place: [] }
  }

  place(segment: V2Segment): PlacedSegment | undefined {
    const found = this.find(segment.id)
    if (found === undefined) return undefined
    const { leaf, open } = found
    const group = this.enter(leaf.group, open)
    // A second PID where one may stand is another patient: its data must not mix with those of the first.
    const seat = `${leaf.index}@${group.place.join('.')}`
    if (!leaf.repeats && this.taken.has(seat)) return undefined
    this.taken.add(seat)
    this.current = group
    this.at = leaf.index
    return { segment, leaf, group: this.current }
  }

  /** The next leaf for a segment, and the instance that stays open: groups below it begin anew. */
  private find(id: string): { leaf: StructureLeaf; open: GroupInstance } | undefined {
    for (let open: GroupInstance | undefined = this.current; open !== undefined; open = open.parent) {
      const { group } = open
      const same = this.structure.leaves[this.at]
      if (same?.segment === id && same.group === group && same.repeats) return { leaf: same, open }
      const forward = this.search(id, Math.max(this.at + 1, group.first), group.end)
      if (forward !== undefined) return { leaf: forward, open }
      const again = group.repeats && open.parent !== undefined ? this.search(id, group.first, this.at + 1) : undefined
      if (again !== undefined && open.parent !== undefined) return { leaf: again, open: open.parent }
    }
    const anywhere = this.search(id, 0, this.structure.leaves.length)
    if (anywhere === undefined) return undefined
    return { leaf: anywhere, open: this.common(anywhere.group) }
  }

  private search(id: string, from: number, end: number): StructureLeaf | undefined {
    for (let i = from; i < end; i++) {
      const leaf = this.structure.leaves[i]
      if (leaf?.segment === id && !this.isPrior(leaf)) return leaf
    }
    return undefined
  }

  /** Prior results begin with their patient or visit; an order that follows another without one is the next order. */
  private isPrior(leaf: StructureLeaf): boolean {
    if (leaf.segment === 'PID' || leaf.segment === 'PV1') return false
    for (let group: StructureGroup | undefined = leaf.group; group !== undefined; group = group.parent) {
      if (group.name === 'PRIOR_RESULT') return !this.isOpen(group)
    }
    return false
  }

  private isOpen(group: StructureGroup): boolean {
    for (let open: GroupInstance | undefined = this.current; open !== undefined; open = open.parent) {
      if (open.group === group) return true
    }
    return false
  }

  /** The open instance that holds a group, or the nearest around it. */
  private common(group: StructureGroup): GroupInstance {
    let open: GroupInstance = this.current
    while (open.parent !== undefined && (group.first < open.group.first || group.end > open.group.end))
      open = open.parent
    return open
  }

  private enter(group: StructureGroup, open: GroupInstance): GroupInstance {
    if (open.group === group) return open
    const above = group.parent === undefined ? open : this.enter(group.parent, open)
    this.instances++
    return { group, parent: above, place: [...above.place, group.first * INSTANCES + this.instances] }
  }
}

/** How many groups two places have in common. */
export function commonDepth(a: readonly number[], b: readonly number[]): number {
  let depth = 0
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth++
  return depth
}

/** Whether two places are in different repetitions of one group: what stands in one order says nothing of another. */
export function isApart(a: readonly number[], b: readonly number[], common: number): boolean {
  const [one, other] = [a[common], b[common]]
  if (one === undefined || other === undefined) return false
  return Math.floor(one / INSTANCES) === Math.floor(other / INSTANCES)
}
