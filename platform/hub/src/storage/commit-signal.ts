/**
 * Tells this process what it has just committed: which types of resource changed. Followers of the change feed wake by it
 * without asking the database. It carries no data: whoever is told reads the feed.
 */
export class CommitSignal {
  readonly #listeners = new Set<(types: ReadonlySet<string>) => void>()

  /** Answers how to stop listening. */
  listen(listener: (types: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  committed(types: ReadonlySet<string>): void {
    if (types.size === 0) return
    for (const listener of this.#listeners) listener(types)
  }
}
