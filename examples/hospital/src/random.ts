/**
 * Repeatable chance: the same seed gives the same hospital. Everything that looks random in the simulation comes from
 * here; nothing calls Math.random.
 */
export type Random = {
  /** 0 ≤ x < 1 */
  readonly next: () => number
  /** Whole number, both ends included. */
  readonly between: (min: number, max: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <const T>(from: readonly [T, ...T[]]) => T
  /** An own stream for one purpose, so that drawing more in one place changes nothing elsewhere. */
  readonly fork: (purpose: string) => Random
}

/** A stream of numbers from a seed (mulberry32: 32 bits of state are plenty for a story). */
export function createRandom(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : hash(seed)
  const origin = state
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    between,
    chance: probability => next() < probability,
    // The list is never empty and `between` stays inside of it.
    pick: from => from[between(0, from.length - 1)] as (typeof from)[number],
    fork: purpose => createRandom(`${origin}:${purpose}`),
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
