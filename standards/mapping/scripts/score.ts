/**
 * Compares what the map makes of the test pairs with what others made of them: triples of type, path and value.
 *
 *   npm run score -w standards/mapping
 */
import { scorePairs } from './pairs.ts'
import { precision, recall, type Score } from './triples.ts'

function line(name: string, score: Score): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1).padStart(5)} %`
  return `${name.padEnd(44)} precision ${percent(precision(score))}   recall ${percent(recall(score))}   (${score.common} of ${score.expected} expected, ${score.made} made)`
}

const scores = scorePairs()
if (scores.length === 0) console.log('skipped: the pairs are not here')
for (const score of scores) console.log(line(score.name, score))
for (const folder of ['google-raw', 'prime', '']) {
  const some = scores.filter(({ name }) => name.startsWith(folder))
  const sum = (pick: (score: Score) => number): number => some.reduce((total, score) => total + pick(score), 0)
  console.log(
    line(folder === '' ? 'all' : `all of ${folder}`, {
      expected: sum(s => s.expected),
      made: sum(s => s.made),
      common: sum(s => s.common),
    }),
  )
}
