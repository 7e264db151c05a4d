import type { OperationsLimits } from '../limits.ts'
import { HttpError } from './http-error.ts'

/**
 * Guessing passwords: after so many wrong ones for a name, or from an address, the next attempts are refused without
 * looking at the password until the window since the first wrong one has passed. A right one clears the name.
 *
 * A name that does not exist is counted like one that does, so that nothing can be learnt from it. Names and addresses
 * are remembered in bounded maps; when full, the one that was entered first is forgotten.
 */
export class SignInThrottle {
  readonly #limits: OperationsLimits
  readonly #now: () => number
  readonly #failures = new Map<string, { since: number; count: number }>()

  constructor(limits: OperationsLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** @throws HttpError 429 `sign-in-throttled` with Retry-After */
  check(name: string, address: string): void {
    const waitMs = Math.max(
      this.#waitMs(nameKey(name), this.#limits.signInFailuresMax),
      this.#waitMs(addressKey(address), this.#limits.signInFailuresPerAddressMax),
    )
    if (waitMs <= 0) return
    const seconds = Math.ceil(waitMs / 1000)
    throw new HttpError({
      status: 429,
      code: 'sign-in-throttled',
      category: 'busy',
      message: `too many wrong passwords: try again in ${seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`}`,
      headers: { 'retry-after': String(seconds) },
    })
  }

  failed(name: string, address: string): void {
    this.#count(nameKey(name))
    this.#count(addressKey(address))
  }

  succeeded(name: string): void {
    this.#failures.delete(nameKey(name))
  }

  #waitMs(key: string, max: number): number {
    const known = this.#failures.get(key)
    if (known === undefined || known.count < max) return 0
    return known.since + this.#limits.signInWindowMs - this.#now()
  }

  #count(key: string): void {
    const known = this.#failures.get(key)
    const now = this.#now()
    if (known !== undefined && now - known.since < this.#limits.signInWindowMs) {
      known.count += 1
      return
    }
    this.#failures.delete(key)
    if (this.#failures.size >= this.#limits.signInRemembered) {
      const oldest = this.#failures.keys().next().value
      if (oldest !== undefined) this.#failures.delete(oldest)
    }
    this.#failures.set(key, { since: now, count: 1 })
  }
}

function nameKey(name: string): string {
  return `name ${name.normalize('NFKC').toLowerCase()}`
}

function addressKey(address: string): string {
  return `address ${address}`
}
