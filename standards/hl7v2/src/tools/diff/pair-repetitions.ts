import type { Pairing } from './align.ts'
import { align } from './align.ts'
import type { RepetitionContent } from './segment-content.ts'

const SAME = 1000
/** Largest table for the repetitions of one field; fields of more are paired greedily. */
const CELLS_MAX = 10_000

/** Pairs the repetitions of a field: equal ones, then those that share most. A single one is always the other's counterpart. */
export function pairRepetitions(
  before: readonly RepetitionContent[],
  after: readonly RepetitionContent[],
): readonly Pairing[] {
  if (before.length === 1 && after.length === 1) return [{ a: 0, b: 0 }]
  const places = before.map(() => undefined as ReadonlyMap<string, string> | undefined)
  const score = (a: number, b: number): number => {
    const from = before[a]
    const to = after[b]
    if (from === undefined || to === undefined) return 0
    if (from.key === to.key) return SAME
    return similarity((places[a] ??= placesOf(from)), to)
  }
  return align(before.length, after.length, score, SAME, CELLS_MAX)
}

function placesOf(repetition: RepetitionContent): ReadonlyMap<string, string> {
  return new Map(repetition.leaves.map(leaf => [`${leaf.component}.${leaf.subcomponent}`, leaf.text]))
}

function similarity(places: ReadonlyMap<string, string>, repetition: RepetitionContent): number {
  let shared = 0
  for (const leaf of repetition.leaves) {
    // The first component says what a repetition is: an identifier, a family name, a code.
    const weight = leaf.component === 1 && leaf.subcomponent === 1 ? 3 : 1
    if (places.get(`${leaf.component}.${leaf.subcomponent}`) === leaf.text) shared += weight
  }
  return shared === 0 ? 0 : Math.min(SAME - 1, shared * 10)
}
