/** What has been promised for a later beat, the earliest first. */
export class DueList<T> {
  readonly #entries: { readonly beat: number; readonly work: T }[] = []

  get size(): number {
    return this.#entries.length
  }

  add(beat: number, work: T): void {
    const at = this.#entries.findLastIndex(entry => entry.beat <= beat)
    this.#entries.splice(at + 1, 0, { beat, work })
  }

  /** Takes the earliest that is due by this beat. */
  take(beat: number): T | undefined {
    const first = this.#entries[0]
    if (first === undefined || first.beat > beat) return undefined
    this.#entries.shift()
    return first.work
  }
}
