import type { StructureDefinition, StructureNode } from '../dictionary/definition.ts'
import type { Dictionary } from '../dictionary/dictionary.ts'
import type { Message } from '../message.ts'
import type { Segment } from '../segment.ts'
import type { SegmentId } from '../segment-id.ts'
import type { SegmentHandle } from './element-view.ts'
import type { GroupMatch, StructureMatch } from './match-structure.ts'
import { isGroupMatch, matchStructure } from './match-structure.ts'

/** A group's occurrence in a message, or the place where one would be. */
export interface GroupPlace {
  readonly nodes: readonly StructureNode[]
  match: GroupMatch<Segment> | undefined
  readonly parent: GroupPlace | undefined
  /** Index of its node in the parent's. */
  readonly index: number
}

/**
 * The segments of a message by their places in a structure. Found when it is first asked for, and again after segments were added or
 * removed by others; segments that it adds itself take their places at once.
 */
export class MessageTree {
  readonly message: Message
  readonly dictionary: Dictionary
  readonly structure: StructureDefinition
  #match: StructureMatch<Segment> | undefined
  #version = -1

  constructor(message: Message, dictionary: Dictionary, structure: StructureDefinition) {
    this.message = message
    this.dictionary = dictionary
    this.structure = structure
  }

  match(): StructureMatch<Segment> {
    const version = this.message.context.structureVersion
    if (this.#match === undefined || this.#version !== version) {
      this.#match = matchStructure(this.message.segments(), this.structure)
      this.#version = version
    }
    return this.#match
  }

  root(): GroupPlace {
    return { nodes: this.structure.nodes, match: this.match().message, parent: undefined, index: 0 }
  }

  /** A segment that was found. */
  handle(segment: Segment): SegmentHandle {
    return new FoundSegment(this, segment)
  }

  /** A segment that is not there, and may be added at its node. */
  absentHandle(place: GroupPlace, node: number, id: string): SegmentHandle {
    return new AbsentSegment(this, place, node, id)
  }

  /** Adds a segment at its node. */
  add(place: GroupPlace, node: number, id: string): Segment {
    const after = segmentBefore(place, node)
    const segment = this.message.add(segmentId(id), {}, after === undefined ? {} : { after })
    matchOf(place).found[node]?.push(segment)
    this.#version = this.message.context.structureVersion
    return segment
  }
}

class FoundSegment implements SegmentHandle {
  readonly segment: Segment
  readonly #tree: MessageTree

  constructor(tree: MessageTree, segment: Segment) {
    this.#tree = tree
    this.segment = segment
  }

  get dictionary(): Dictionary {
    return this.#tree.dictionary
  }

  get path(): string {
    const { segment } = this
    return pathOf(segment.id, this.#tree.message.segments(segmentId(segment.id)).indexOf(segment) + 1)
  }

  create(): Segment {
    return this.segment
  }
}

class AbsentSegment implements SegmentHandle {
  segment: Segment | undefined
  readonly #tree: MessageTree
  readonly #place: GroupPlace
  readonly #node: number
  readonly #id: string

  constructor(tree: MessageTree, place: GroupPlace, node: number, id: string) {
    this.#tree = tree
    this.#place = place
    this.#node = node
    this.#id = id
  }

  get dictionary(): Dictionary {
    return this.#tree.dictionary
  }

  get path(): string {
    const all = this.#tree.message.segments(segmentId(this.#id))
    return pathOf(this.#id, this.segment === undefined ? all.length + 1 : all.indexOf(this.segment) + 1)
  }

  create(): Segment {
    this.segment ??= this.#tree.add(this.#place, this.#node, this.#id)
    return this.segment
  }
}

/** All segments of a group and the groups in it, in message order where the message keeps the structure's. */
export function segmentsIn(match: GroupMatch<Segment> | undefined): Segment[] {
  if (match === undefined) return []
  const found = match.found.flatMap(items => items.flatMap(item => (isGroupMatch(item) ? segmentsIn(item) : [item])))
  return [...found, ...match.extras]
}

/** A group's match, made with those above it where they are absent. */
function matchOf(place: GroupPlace): GroupMatch<Segment> {
  if (place.match !== undefined) return place.match
  place.match = { nodes: place.nodes, found: place.nodes.map(() => []), extras: [] }
  if (place.parent !== undefined) matchOf(place.parent).found[place.index]?.push(place.match)
  return place.match
}

/** The last segment that stands before a node of a group in the structure's order. */
function segmentBefore(place: GroupPlace, node: number): Segment | undefined {
  for (let index = node; index >= 0; index--) {
    const last = lastSegment(place.match?.found[index] ?? [])
    if (last !== undefined) return last
  }
  const { parent } = place
  if (parent === undefined) return undefined
  const occurrences = parent.match?.found[place.index] ?? []
  const own = place.match === undefined ? occurrences.length : occurrences.indexOf(place.match)
  return lastSegment(occurrences.slice(0, own)) ?? segmentBefore(parent, place.index - 1)
}

function lastSegment(found: readonly (Segment | GroupMatch<Segment>)[]): Segment | undefined {
  for (const item of [...found].reverse()) {
    const last = isGroupMatch(item) ? segmentsIn(item).at(-1) : item
    if (last !== undefined) return last
  }
  return undefined
}

function pathOf(id: string, occurrence: number): string {
  return occurrence > 1 ? `${id}[${occurrence}]` : id
}

/** Structures name segments of the standard and of declarations, which the type lists. */
function segmentId(id: string): SegmentId {
  return id as SegmentId
}
