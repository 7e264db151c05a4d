import type { AccessLimits } from './limits.ts'

type Failures = { count: number; firstMs: number }

/**
 * Counts failed sign-ins per name and address, and per address. By name alone would let anyone lock a user out.
 *
 * An attempt counts as failed from its beginning until it succeeds, so that many at once do not slip through.
 */
export class SignInThrottle {
  readonly #limits: AccessLimits
  readonly #now: () => number
  readonly #failures = new Map<string, Failures>()

  constructor(limits: AccessLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** Milliseconds until another attempt is taken; undefined: this one is, and counts. */
  begin(name: string, address: string): number | undefined {
    const { failuresPerNameAndAddressMax, failuresPerAddressMax } = this.#limits
    const waits = [
      this.#waitMs(pairKey(name, address), failuresPerNameAndAddressMax),
      this.#waitMs(addressKey(address), failuresPerAddressMax),
    ]
    const waitMs = Math.max(...waits)
    if (waitMs > 0) return waitMs
    this.#add(pairKey(name, address), 1)
    this.#add(addressKey(address), 1)
    return undefined
  }

  succeeded(name: string, address: string): void {
    this.#failures.delete(pairKey(name, address))
    this.#add(addressKey(address), -1)
  }

  /** It was not looked at, so it does not count. */
  withdraw(name: string, address: string): void {
    this.#add(pairKey(name, address), -1)
    this.#add(addressKey(address), -1)
  }

  #waitMs(key: string, max: number): number {
    const failures = this.#current(key)
    if (failures === undefined || failures.count < max) return 0
    return failures.firstMs + this.#limits.failureWindowMs - this.#now()
  }

  #current(key: string): Failures | undefined {
    const failures = this.#failures.get(key)
    if (failures !== undefined && this.#now() - failures.firstMs < this.#limits.failureWindowMs) return failures
    this.#failures.delete(key)
    return undefined
  }

  #add(key: string, change: 1 | -1): void {
    const failures = this.#current(key)
    if (failures !== undefined) {
      failures.count += change
      if (failures.count <= 0) this.#failures.delete(key)
      return
    }
    if (change < 0) return
    if (this.#failures.size >= this.#limits.failuresRemembered) this.#forgetOldest()
    this.#failures.set(key, { count: 1, firstMs: this.#now() })
  }

  #forgetOldest(): void {
    const oldest = this.#failures.keys().next()
    if (oldest.done !== true) this.#failures.delete(oldest.value)
  }
}

function pairKey(name: string, address: string): string {
  return `${address}\u0000${name}`
}

function addressKey(address: string): string {
  return address
}
