import type { DefinitionSource } from '../definitions/definition-source.ts'
import { definitionTree } from './definition-tree.ts'
import type { OverlayNode } from './overlay.ts'
import { OverlayCompiler } from './overlay-compile.ts'
import type { TypeShapes } from './type-shapes.ts'

/** A profile made ready: what it asks, and the type that it is of. */
export interface Overlay {
  readonly type: string
  readonly root: OverlayNode
}

/** Profiles, compiled when first met and kept. */
export class OverlayStore {
  readonly #definitions: DefinitionSource
  readonly #compiler: OverlayCompiler
  readonly #overlays = new Map<string, Overlay | 'unusable'>()

  constructor(definitions: DefinitionSource, shapes: TypeShapes) {
    this.#definitions = definitions
    this.#compiler = new OverlayCompiler(definitions, shapes)
  }

  /** The profile with this canonical address. `unusable` where it has no snapshot; an unknown address is not kept. */
  get(canonical: string): Overlay | 'unknown' | 'unusable' {
    const known = this.#overlays.get(canonical)
    if (known !== undefined) return known
    const structure = this.#definitions.structure(canonical)
    if (structure === undefined) return 'unknown'
    const tree = definitionTree(structure)
    const overlay =
      tree === undefined
        ? ('unusable' as const)
        : { type: structure.type, root: this.#compiler.compile(tree, structure) }
    this.#overlays.set(canonical, overlay)
    return overlay
  }
}
