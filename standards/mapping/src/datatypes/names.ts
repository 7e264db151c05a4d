import type { V2Value } from '../read/v2-value.ts'
import type { RunContext } from '../run/run-context.ts'

/** XPN as one text: given names before the family name (`XPN[string]`). */
export function nameText(value: V2Value, run: RunContext): string | undefined {
  const parts = [5, 2, 3, 1, 4].map(n => value.partText(n)).filter(text => text !== '')
  if (run.explain) for (const n of [1, 2, 3, 4, 5]) run.took(value.part(n))
  return parts.length === 0 ? undefined : parts.join(' ')
}
