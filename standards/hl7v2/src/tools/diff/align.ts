/** Two things that belong together, or one that has no counterpart; indexes into the lists. */
export type Pairing =
  | { readonly a: number; readonly b: number }
  | { readonly a: number; readonly b: undefined }
  | { readonly a: undefined; readonly b: number }

/** Largest table of the exact alignment. Beyond it, pairs are taken greedily in order, which is linear. */
export const ALIGNMENT_CELLS_MAX = 4_000_000
/** How far ahead the greedy alignment looks for a counterpart. */
const LOOKAHEAD = 8

/**
 * Pairs two lists in order so that the sum of scores is as high as can be (Needleman-Wunsch without gap costs). A score of 0 means that two
 * things are never paired; `sameScore` is that of equal things, which are paired first at both ends.
 */
export function align(
  lengthA: number,
  lengthB: number,
  score: (a: number, b: number) => number,
  sameScore: number,
  cellsMax: number = ALIGNMENT_CELLS_MAX,
): Pairing[] {
  let start = 0
  while (start < lengthA && start < lengthB && score(start, start) === sameScore) start++
  let endA = lengthA
  let endB = lengthB
  while (endA > start && endB > start && score(endA - 1, endB - 1) === sameScore) {
    endA--
    endB--
  }
  const pairs: Pairing[] = []
  for (let i = 0; i < start; i++) pairs.push({ a: i, b: i })
  const cells = (endA - start + 1) * (endB - start + 1)
  if (cells <= cellsMax) for (const pair of alignExactly(start, endA, endB, score)) pairs.push(pair)
  else alignGreedily(start, endA, endB, score, sameScore, pairs)
  for (let i = endA; i < lengthA; i++) pairs.push({ a: i, b: endB + i - endA })
  return pairs
}

function alignExactly(start: number, endA: number, endB: number, score: (a: number, b: number) => number): Pairing[] {
  const rows = endA - start
  const width = endB - start + 1
  // best[i * width + j]: the best sum for the first i of a and the first j of b.
  const best = new Int32Array((rows + 1) * width)
  for (let i = 1; i <= rows; i++) {
    for (let j = 1; j < width; j++) {
      const paired = score(start + i - 1, start + j - 1)
      const skipped = Math.max(best[(i - 1) * width + j] ?? 0, best[i * width + j - 1] ?? 0)
      best[i * width + j] = paired === 0 ? skipped : Math.max(skipped, (best[(i - 1) * width + j - 1] ?? 0) + paired)
    }
  }
  const pairs: Pairing[] = []
  let i = rows
  let j = width - 1
  while (i > 0 || j > 0) {
    const here = best[i * width + j]
    // What is removed is told before what is added: walking backwards, additions come first.
    if (j > 0 && here === best[i * width + j - 1]) pairs.push({ a: undefined, b: start + --j })
    else if (i > 0 && here === best[(i - 1) * width + j]) pairs.push({ a: start + --i, b: undefined })
    else pairs.push({ a: start + --i, b: start + --j })
  }
  return pairs.reverse()
}

function alignGreedily(
  start: number,
  endA: number,
  endB: number,
  score: (a: number, b: number) => number,
  sameScore: number,
  pairs: Pairing[],
): void {
  let a = start
  let b = start
  while (a < endA && b < endB) {
    const found = nearest(a, b, endA, endB, score, sameScore)
    while (a < found.a) pairs.push({ a: a++, b: undefined })
    while (b < found.b) pairs.push({ a: undefined, b: b++ })
    if (a < endA && b < endB) pairs.push({ a: a++, b: b++ })
  }
  while (a < endA) pairs.push({ a: a++, b: undefined })
  while (b < endB) pairs.push({ a: undefined, b: b++ })
}

/** The nearest pair of equals within reach, else the nearest pair at all, else both ends of the reach. */
function nearest(
  a: number,
  b: number,
  endA: number,
  endB: number,
  score: (a: number, b: number) => number,
  sameScore: number,
): { readonly a: number; readonly b: number } {
  let similar: { a: number; b: number } | undefined
  for (let distance = 0; distance <= LOOKAHEAD; distance++) {
    for (let forward = 0; forward <= distance; forward++) {
      const at = { a: a + forward, b: b + distance - forward }
      if (at.a >= endA || at.b >= endB) continue
      const found = score(at.a, at.b)
      if (found === sameScore) return at
      if (found > 0) similar ??= at
    }
  }
  return similar ?? { a: Math.min(a + LOOKAHEAD, endA), b: Math.min(b + LOOKAHEAD, endB) }
}
