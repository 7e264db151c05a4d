import type { ElementValue } from '../element-value.ts'

/** The array behind `Many`: `[0]` of an empty one is a view of what is not there. */
export class ManyViews extends Array<unknown> {
  #absent: (() => unknown) | undefined

  /** `map` and `filter` give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  /** @internal */
  filled(items: readonly unknown[], absent: () => unknown): this {
    this.#absent = absent
    for (const [index, item] of items.entries()) define(this, index, item)
    return this
  }

  /** What `[0]` is while the array is empty. @internal */
  get absent(): unknown {
    return this.#absent?.()
  }
}

/** The array behind `Repeated`. */
export class RepeatedViews extends ManyViews {
  #add: ((value: ElementValue) => unknown) | undefined

  /** @internal */
  adding(add: (value: ElementValue) => unknown): this {
    this.#add = add
    return this
  }

  $add(value: ElementValue): unknown {
    const added = this.#add?.(value)
    define(this, this.length, added)
    return added
  }
}

// An accessor that elements of their own hide: what `[0]` finds on the prototype while the array is empty.
Object.defineProperty(ManyViews.prototype, 0, {
  get(this: ManyViews) {
    return this.absent
  },
})

/** Defined, not assigned: an assignment would find the accessor of the prototype. */
function define(views: ManyViews, index: number, value: unknown): void {
  Object.defineProperty(views, index, { value, writable: true, enumerable: true, configurable: true })
}
