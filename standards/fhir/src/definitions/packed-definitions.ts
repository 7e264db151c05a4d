/**
 * Definitions as they are checked in: a line per definition, its canonical address, a tab, and JSON. A line is parsed when its
 * definition is asked for, so that loading costs as little as reading the file.
 */
export class PackedDefinitions<T> {
  /** The JSON of an address. */
  readonly #packed = new Map<string, string>()
  readonly #unpacked = new Map<string, T>()
  readonly #unpack: (url: string, json: string) => T

  constructor(lines: readonly string[], unpack: (url: string, json: string) => T) {
    this.#unpack = unpack
    for (const line of lines) {
      const tab = line.indexOf('\t')
      this.#packed.set(line.slice(0, tab), line.slice(tab + 1))
    }
  }

  get(url: string): T | undefined {
    const known = this.#unpacked.get(url)
    if (known !== undefined) return known
    const json = this.#packed.get(url)
    if (json === undefined) return undefined
    const definition = this.#unpack(url, json)
    this.#unpacked.set(url, definition)
    return definition
  }

  *all(): Generator<T> {
    for (const url of this.#packed.keys()) {
      const definition = this.get(url)
      if (definition !== undefined) yield definition
    }
  }
}
