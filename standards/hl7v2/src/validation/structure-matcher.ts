import type { Segment } from '../segment.ts'
import { isSegmentId } from '../segment-line.ts'
import type { Leaf, Place, Step, StructureGraph } from './structure-graph.ts'
import { bestStep, leadOf } from './structure-graph.ts'

/** What is wrong with the order of a message's segments. Indexes count from 0. */
export type StructureFault =
  | { readonly kind: 'missing'; readonly place: Place; readonly before: number | undefined }
  | { readonly kind: 'misplaced' | 'repeated' | 'outside'; readonly index: number; readonly after: Leaf | undefined }
  | { readonly kind: 'too-few' | 'too-many'; readonly place: Place; readonly index: number }

export interface StructureMatch {
  /** The place of each segment, undefined where it has none. */
  readonly places: readonly (Leaf | undefined)[]
  readonly faults: readonly StructureFault[]
}

/** Segments that the protocol puts anywhere: a message continued (HL7 v2.5.1 §2.10.2). */
const ANYWHERE: ReadonlySet<string> = new Set(['ADD', 'DSC'])

/**
 * Finds each segment's place in the structure. One step per segment, always to the nearest place that leaves nothing required out, looking
 * one segment ahead where none does: linear, whatever the message. Where that finds faults, all ways are followed at once
 * to make sure that there is none without: some structures name a segment twice, and the nearest place is not always the one meant.
 */
export function matchStructure(segments: readonly Segment[], graph: StructureGraph): StructureMatch {
  const walk = new Walk(segments, graph)
  const match = walk.run()
  if (match.faults.length > 0 && !graph.counted && accepts(segments, graph)) {
    return { places: match.places, faults: match.faults.filter(({ kind }) => kind === 'outside') }
  }
  return match
}

/** Whether a segment takes part: those that the structure does not name are passed over. */
function takesPart(id: string, graph: StructureGraph): boolean {
  if (graph.ids.has(id)) return true
  return graph.open && !isOutside(id) && isSegmentId(id)
}

function isOutside(id: string): boolean {
  return id.startsWith('Z') || ANYWHERE.has(id)
}

class Walk {
  readonly #segments: readonly Segment[]
  readonly #graph: StructureGraph
  readonly #places: (Leaf | undefined)[]
  readonly #faults: StructureFault[] = []
  readonly #counts = new Map<Place, number>()
  readonly #matched = new Set<string>()
  #current: Leaf | undefined

  constructor(segments: readonly Segment[], graph: StructureGraph) {
    this.#segments = segments
    this.#graph = graph
    this.#places = Array.from({ length: segments.length })
  }

  run(): StructureMatch {
    for (const [index, { id }] of this.#segments.entries()) {
      if (takesPart(id, this.#graph)) this.#take(index, id)
      else if (!ANYWHERE.has(id)) this.#faults.push({ kind: 'outside', index, after: undefined })
    }
    for (const place of this.#graph.missingAfter(this.#current)) {
      this.#faults.push({ kind: 'missing', place, before: undefined })
    }
    this.#leave(undefined, this.#segments.length - 1)
    return { places: this.#places, faults: reconciled(this.#faults, this.#segments) }
  }

  #take(index: number, id: string): void {
    const step = bestStep(this.#graph.steps(this.#current, id))
    const again = this.#current?.id === id && step?.repeats === undefined
    if (step === undefined || (step.missing.length > 0 && (again || this.#isIntruder(index, step)))) {
      const kind = again || (this.#matched.has(id) && step === undefined) ? 'repeated' : 'misplaced'
      this.#faults.push({ kind, index, after: this.#current })
      return
    }
    for (const place of step.missing) this.#faults.push({ kind: 'missing', place, before: index })
    if (this.#graph.counted) this.#count(step, index)
    this.#places[index] = step.target
    this.#matched.add(id)
    this.#current = step.target
  }

  /** Whether the message goes on as if the segment were not there, rather than as if others were missing before it. */
  #isIntruder(index: number, step: Step): boolean {
    const next = this.#segments[index + 1]
    if (next === undefined || !takesPart(next.id, this.#graph)) return false
    return isClean(this.#graph.steps(this.#current, next.id)) && !isClean(this.#graph.steps(step.target, next.id))
  }

  #count(step: Step, index: number): void {
    const { target, repeats } = step
    this.#leave(repeats ?? target, index)
    for (const place of chainOf(target)) {
      const counted = this.#counts.get(place)
      if (counted !== undefined && place !== repeats) continue
      const count = (counted ?? 0) + 1
      this.#counts.set(place, count)
      if (place.max > 1 && count === place.max + 1) this.#faults.push({ kind: 'too-many', place, index })
    }
  }

  /** Settles the counts of the places that end where the message goes on to another. */
  #leave(next: Place | undefined, index: number): void {
    const kept = new Set<Place>(next === undefined ? [] : chainOf(next))
    for (const [place, count] of this.#counts) {
      if (kept.has(place)) continue
      if (count < place.min) this.#faults.push({ kind: 'too-few', place, index })
      this.#counts.delete(place)
    }
  }
}

function chainOf(place: Place): Place[] {
  const chain: Place[] = []
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) chain.push(at)
  return chain
}

function isClean(steps: readonly Step[]): boolean {
  return steps.some(({ missing }) => missing.length === 0)
}

/** A segment in the wrong place is not missing from the right one too. */
function reconciled(faults: readonly StructureFault[], segments: readonly Segment[]): readonly StructureFault[] {
  const misplaced = new Map<string, number>()
  for (const fault of faults) {
    if (fault.kind !== 'misplaced' && fault.kind !== 'repeated') continue
    const id = segments[fault.index]?.id ?? ''
    misplaced.set(id, (misplaced.get(id) ?? 0) + 1)
  }
  if (misplaced.size === 0) return faults
  return faults.filter(fault => {
    if (fault.kind !== 'missing') return true
    const id = leadOf(fault.place)?.id ?? ''
    const left = misplaced.get(id) ?? 0
    misplaced.set(id, left - 1)
    return left <= 0
  })
}

/** Whether some way through the structure takes every segment: all places that the message may have reached, followed at once. */
function accepts(segments: readonly Segment[], graph: StructureGraph): boolean {
  let reached = new Set<Leaf | undefined>([undefined])
  for (const { id } of segments) {
    if (!takesPart(id, graph)) {
      if (isSegmentId(id) && !isOutside(id)) return false
      continue
    }
    const next = new Set<Leaf | undefined>()
    for (const place of reached) {
      for (const { target, missing } of graph.steps(place, id)) if (missing.length === 0) next.add(target)
    }
    if (next.size === 0) return false
    reached = next
  }
  for (const place of reached) if (graph.missingAfter(place).length === 0) return true
  return false
}
