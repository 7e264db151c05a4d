import type { ElementValue } from '../element-value.ts'

type Add = (value: ElementValue) => unknown

/** The array behind `Many` and `Repeated`. */
class Views extends Array<unknown> {
  #add: Add | undefined

  /** `map` and `filter` give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  /** @internal */
  adding(add: Add | undefined): this {
    this.#add = add
    return this
  }

  /** Only `Repeated` has it in its type: segments and groups are added by setting their fields. */
  $add(value: ElementValue): unknown {
    const added = this.#add?.(value)
    // Defined, not assigned: an assignment to an empty one would find the accessor below.
    Object.defineProperty(this, this.length, { value: added, writable: true, enumerable: true, configurable: true })
    return added
  }
}

/** One whose `[0]` is a view of what is not there, until something is added. */
class EmptyViews extends Views {
  #absent: (() => unknown) | undefined

  /** @internal */
  lacking(absent: () => unknown): this {
    this.#absent = absent
    return this
  }

  /** @internal */
  get absent(): unknown {
    return this.#absent?.()
  }
}

// On the prototype, where an element of the array's own hides it. A class of its own for empty ones keeps the others fast.
Object.defineProperty(EmptyViews.prototype, 0, {
  get(this: EmptyViews) {
    return this.absent
  },
})

/** Views as an array; `absent` makes the one that `[0]` gives where there are none. */
export function manyViews(views: readonly unknown[], absent: () => unknown, add?: Add): readonly unknown[] {
  if (views.length === 0) return new EmptyViews().lacking(absent).adding(add)
  const many = new Views()
  for (const view of views) many.push(view)
  return many.adding(add)
}
