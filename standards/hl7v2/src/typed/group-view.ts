import type { GroupNode, StructureNode } from '../dictionary/definition.ts'
import type { Message } from '../message.ts'
import type { Segment } from '../segment.ts'
import { manyViews } from './many-views.ts'
import type { Deviation } from './match-structure.ts'
import { isGroupMatch } from './match-structure.ts'
import { nodeNames } from './member-name.ts'
import type { GroupPlace, MessageTree } from './message-tree.ts'
import { segmentsIn } from './message-tree.ts'
import { segmentView } from './segment-view.ts'

type ViewClass = new (tree: MessageTree, place: GroupPlace | undefined) => NodesView

/** View of a group. The members of its nodes are on the classes made from them. */
class NodesView {
  readonly #tree: MessageTree
  readonly #place: GroupPlace | undefined

  /** Without a place it is the whole message. */
  constructor(tree: MessageTree, place: GroupPlace | undefined) {
    this.#tree = tree
    this.#place = place
  }

  get $exists(): boolean {
    return this.place.match !== undefined
  }

  get $segments(): readonly Segment[] {
    const found = new Set(segmentsIn(this.place.match))
    return this.#tree.message.segments().filter(segment => found.has(segment))
  }

  get $extras(): readonly Segment[] {
    return this.place.match?.extras ?? []
  }

  get $message(): Message {
    return this.#tree.message
  }

  get $deviations(): readonly Deviation<Segment>[] {
    return this.#tree.match().deviations
  }

  /** The message's is asked for anew, as its segments may have changed. @internal */
  get place(): GroupPlace {
    return this.#place ?? this.#tree.root()
  }

  /** @internal */
  get tree(): MessageTree {
    return this.#tree
  }
}

/** View of a message by its structure. */
export function messageView(tree: MessageTree): unknown {
  return new (viewClass(tree.structure.nodes))(tree, undefined)
}

/** The tree behind a view, for functions that take one. @internal */
export function treeOf(view: object): MessageTree | undefined {
  return view instanceof NodesView ? view.tree : undefined
}

const classes = new WeakMap<readonly StructureNode[], ViewClass>()

/** The class with the members of a group's nodes, made once for a definition. */
function viewClass(nodes: readonly StructureNode[]): ViewClass {
  const known = classes.get(nodes)
  if (known !== undefined) return known
  class TypedView extends NodesView {}
  const names = nodeNames(nodes.map(nameOf))
  for (const [index, node] of nodes.entries()) {
    Object.defineProperty(TypedView.prototype, names[index] ?? '', {
      enumerable: true,
      get(this: NodesView) {
        return nodeView(this.tree, this.place, node, index)
      },
    })
  }
  classes.set(nodes, TypedView)
  return TypedView
}

function nameOf(node: StructureNode): string {
  if (node.kind === 'any') return ''
  return node.kind === 'segment' ? node.id : node.name
}

function nodeView(tree: MessageTree, place: GroupPlace, node: StructureNode, index: number): unknown {
  if (node.kind === 'any') return anySegments(tree, place, index)
  const items = (place.match?.found[index] ?? []).map(item => {
    if (isGroupMatch(item)) return groupView(tree, { nodes: item.nodes, match: item, parent: place, index })
    return segmentView(tree.handle(item), item.id)
  })
  const absent = (): unknown =>
    node.kind === 'segment'
      ? segmentView(tree.absentHandle(place, index, node.id), node.id)
      : groupView(tree, absentPlace(node, place, index))
  if (node.max > 1) return manyViews(items, absent)
  return items[0] ?? absent()
}

/** Where any segment may stand, the views are of whatever stands there. */
function anySegments(tree: MessageTree, place: GroupPlace, index: number): unknown {
  const items = (place.match?.found[index] ?? []).flatMap(item => (isGroupMatch(item) ? [] : [item]))
  return items.map(segment => segmentView(tree.handle(segment), segment.id))
}

function groupView(tree: MessageTree, place: GroupPlace): unknown {
  return new (viewClass(place.nodes))(tree, place)
}

function absentPlace(node: GroupNode, parent: GroupPlace, index: number): GroupPlace {
  return { nodes: node.nodes, match: undefined, parent, index }
}
