const CAPACITY_MIN = 64 * 1024

/** The bytes of the part that is being read, and of what came behind it. One buffer, reused: its size is that of the largest part and a chunk. */
export class PartBuffer {
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the reader is; index into `bytes`, as the following. */
  at = 0
  #start = 0
  #end = 0
  /** Bytes of the part that were thrown away because it is too large. */
  #skipped = 0
  #offset = 0

  get end(): number {
    return this.#end
  }

  /** Bytes of the part and behind it. */
  get length(): number {
    return this.#end - this.#start
  }

  /** Where the part starts in the file. */
  get offset(): number {
    return this.#offset
  }

  /** The bytes, without what an earlier content left behind the end, if fewer than so many are there to be read. */
  ended(bytesWanted: number): Uint8Array {
    return this.#end - this.at < bytesWanted ? this.bytes.subarray(0, this.#end) : this.bytes
  }

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length
    if (this.#end + chunk.length > this.bytes.length) {
      // Room for twice as much, so that a message in many chunks is copied a few times and not for each.
      const target = needed > this.bytes.length / 2 ? new Uint8Array(Math.max(CAPACITY_MIN, needed * 2)) : this.bytes
      target.set(this.bytes.subarray(this.#start, this.#end))
      this.bytes = target
      this.at -= this.#start
      this.#end -= this.#start
      this.#start = 0
    }
    this.bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** The bytes up to `at`, as a copy, and the next part begins. */
  take(): { readonly bytes: Uint8Array; readonly byteOffset: number; readonly bytesTotal: number } {
    const bytes = this.bytes.slice(this.#start, this.at)
    const taken = { bytes, byteOffset: this.#offset, bytesTotal: bytes.length + this.#skipped }
    this.#offset += taken.bytesTotal
    this.#start = this.at
    this.#skipped = 0
    return taken
  }

  /** Forgets the bytes up to `at`, which belong to a part that is too large, but not how many there were. */
  skip(): void {
    this.#skipped += this.at - this.#start
    this.#start = this.at
  }
}
