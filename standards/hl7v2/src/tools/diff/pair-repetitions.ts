import type { Pairing } from './align.ts'
import { align } from './align.ts'
import type { RepetitionContent } from './segment-content.ts'

const SAME = 1000
/** Largest table for the repetitions of one field; fields of more are paired greedily. */
const CELLS_MAX = 250_000

/** Pairs the repetitions of a field: equal ones, then those that share most. A single one is always the other's counterpart. */
export function pairRepetitions(
  before: readonly RepetitionContent[],
  after: readonly RepetitionContent[],
): readonly Pairing[] {
  if (before.length === 1 && after.length === 1) return [{ a: 0, b: 0 }]
  const score = (a: number, b: number): number => similarity(before[a], after[b])
  return align(before.length, after.length, score, SAME, CELLS_MAX)
}

function similarity(a: RepetitionContent | undefined, b: RepetitionContent | undefined): number {
  if (a === undefined || b === undefined) return 0
  if (a.key === b.key) return SAME
  const places = new Map(a.leaves.map(leaf => [`${leaf.component}.${leaf.subcomponent}`, leaf.text]))
  let shared = 0
  for (const leaf of b.leaves) {
    // The first component says what a repetition is: an identifier, a family name, a code.
    const weight = leaf.component === 1 && leaf.subcomponent === 1 ? 3 : 1
    if (places.get(`${leaf.component}.${leaf.subcomponent}`) === leaf.text) shared += weight
  }
  return shared === 0 ? 0 : Math.min(SAME - 1, shared * 10)
}
