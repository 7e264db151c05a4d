/**
 * A keyed hash of a text, at least 16 bytes: the only secret of a redaction, and the caller's, as this package has no cryptography of its own.
 * In Node: `text => createHmac('sha256', key).update(text).digest()`. The same key gives the same pseudonyms for ever; who has
 * the key can test guesses, so it is to be kept, or thrown away after use.
 */
export type KeyedHash = (text: string) => Uint8Array

const HASH_BYTES_MIN = 16

/** Numbers and choices that follow from a text and the key alone. */
export class KeyedNumbers {
  readonly #hash: KeyedHash

  constructor(hash: KeyedHash) {
    if (hash('').length < HASH_BYTES_MIN) throw new RangeError(`A keyed hash gives at least ${HASH_BYTES_MIN} bytes`)
    this.#hash = hash
  }

  /** A number from 0 to below `size`. */
  number(purpose: string, text: string, size: bigint): bigint {
    // Eight bytes more than the size has, so that the remainder favours no number noticeably.
    const bytesWanted = Math.ceil(size.toString(16).length / 2) + 8
    let digits = ''
    for (let block = 0; digits.length < bytesWanted * 2; block++) {
      for (const byte of this.#hash(`${purpose}\u0000${block}\u0000${text}`))
        digits += byte.toString(16).padStart(2, '0')
    }
    return BigInt(`0x${digits.slice(0, bytesWanted * 2)}`) % size
  }

  /** One of a list. */
  choice<T>(purpose: string, text: string, from: readonly [T, ...T[]]): T {
    return from[Number(this.number(purpose, text, BigInt(from.length)))] ?? from[0]
  }

  /**
   * Maps the numbers below `sizeA * sizeB` onto themselves one to one: a Feistel network over two halves of any size, as in NIST
   * SP 800-38G. `tweak` makes different permutations of one key.
   */
  permute(value: bigint, sizeA: bigint, sizeB: bigint, tweak: string): bigint {
    let a = value / sizeB
    let b = value % sizeB
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2 === 0) a = (a + this.number(`permute/${tweak}/${round}`, String(b), sizeA)) % sizeA
      else b = (b + this.number(`permute/${tweak}/${round}`, String(a), sizeB)) % sizeB
    }
    return a * sizeB + b
  }

  /** The same for any size; what falls outside is permuted again until it falls inside. Never gives back the number itself, unless it is alone. */
  permuteBelow(value: number, size: number, tweak: string): number {
    const permuted = this.#walk(value, size, tweak)
    return permuted === value && size > 1 ? this.#walk((value + 1) % size, size, tweak) : permuted
  }

  #walk(value: number, size: number, tweak: string): number {
    const side = BigInt(Math.ceil(Math.sqrt(size)))
    let at = BigInt(value)
    do at = this.permute(at, side, side, tweak)
    while (at >= BigInt(size))
    return Number(at)
  }
}

const ROUNDS = 8
