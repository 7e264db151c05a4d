import { SambandError } from '@samband/errors'

/** A length of time as operators write it: '500ms', '2s', '5m', '12h', '7d'. '7 days' does not compile. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a Duration. Throws SambandError 'duration-invalid' for negative or non-finite numbers. */
export function durationMs(duration: Duration): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration)
  if (match === null) {
    throw new SambandError({
      code: 'duration-invalid',
      category: 'incorrect',
      message: `"${duration}" is no duration: write a number and ms, s, m, h or d, as in "500ms"`,
    })
  }
  // The pattern has both groups whenever it matches.
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
}
