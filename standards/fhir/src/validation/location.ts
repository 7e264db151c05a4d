import type { Member } from './shape.ts'

/**
 * Where the walk is, as simple FHIRPath. Kept as stacks and made a text only when there is something to say, since nearly every step of
 * nearly every walk has nothing to say.
 */
export class Location {
  readonly #names: string[] = []
  readonly #indexes: number[] = []
  readonly #members: (Member | undefined)[] = []

  /** Goes to a member; `index` -1 where it is not a list's entry. */
  push(name: string, index: number, member: Member | undefined): void {
    this.#names.push(name)
    this.#indexes.push(index)
    this.#members.push(member)
  }

  pop(): void {
    this.#names.pop()
    this.#indexes.pop()
    this.#members.pop()
  }

  /** The name of the place, and of the places around it from the inside out. */
  name(outwards: number): string | undefined {
    return this.#names.at(-1 - outwards)
  }

  /** What the definitions say of the place; nothing for a resource's root. */
  member(outwards: number): Member | undefined {
    return this.#members.at(-1 - outwards)
  }

  /** `Patient.name[0].given[1]`, with the given member behind it. */
  text(member?: string): string {
    let text = ''
    for (let at = 0; at < this.#names.length; at++) {
      const index = this.#indexes[at] ?? -1
      text += (at === 0 ? '' : '.') + this.#names[at] + (index === -1 ? '' : `[${index}]`)
    }
    return member === undefined ? text : `${text}.${member}`
  }
}
