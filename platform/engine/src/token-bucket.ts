/**
 * Lets through `messages` in `perMs` on average: a full bucket allows that many at once, then one whenever a token has
 * grown. Time is an argument, by a clock that does not go back.
 */
export class TokenBucket {
  readonly #size: number
  readonly #msPerToken: number
  #tokens: number
  #atMs: number

  constructor({ messages, perMs }: { readonly messages: number; readonly perMs: number }, nowMs: number) {
    this.#size = messages
    this.#msPerToken = perMs / messages
    this.#tokens = messages
    this.#atMs = nowMs
  }

  /** How long until a token is there; 0: now. */
  waitMs(nowMs: number): number {
    const grown = Math.max(0, nowMs - this.#atMs) / this.#msPerToken
    this.#tokens = Math.min(this.#size, this.#tokens + grown)
    this.#atMs = Math.max(this.#atMs, nowMs)
    // A token that is all but there counts: rounding must not make a timer run for nothing.
    return this.#tokens >= 0.999_999 ? 0 : (1 - this.#tokens) * this.#msPerToken
  }

  /** Takes the token that `waitMs` found. */
  take(): void {
    this.#tokens = Math.max(0, this.#tokens - 1)
  }
}
