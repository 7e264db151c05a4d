import { foldText, type Modifier, type NumberSearch, type SearchValue } from '@samband/fhir/search'
import { none, stringCharactersMax } from '../storage/index-rows.ts'
import type { Key } from '../storage/keys.ts'
import type { RowRange, RowTest } from './condition.ts'

/** Dates that last no longer are found by their beginning; the others have an index of their own, by their end. */
export const wideDateMs = 86_400_000

/** A tenth of the time between now and the date (FHIR R4 search.html#prefix): the same as the matcher's. */
const approximation = 0.1

type DateSearch = SearchValue & { readonly type: 'date' }

/** Where the rows of dates lie that are what is asked for: `matchDate` of the matcher, in terms of rows. */
export function dateRanges(
  param: Key,
  wanted: DateSearch,
  modifier: Modifier | undefined,
  nowMs: number,
): readonly RowRange[] {
  const { lowMs, highMs } = wanted
  const range = (...tests: readonly RowTest[]): RowRange => ({ param, tests })
  if (modifier === 'overlaps') return overlapping(param, lowMs, highMs)
  switch (wanted.prefix) {
    case 'eq':
      return [range(low('>=', lowMs), low('<=', highMs), high('<=', highMs))]
    case 'ne':
      return [range(low('<', lowMs)), range(low('>=', lowMs), high('>', highMs))]
    case 'gt':
      return endingAfter(param, highMs)
    case 'ge':
      return endingAfter(param, lowMs)
    case 'lt':
      return [range(low('<', lowMs))]
    case 'le':
      return [range(low('<', highMs))]
    case 'sa':
      return [range(low('>=', highMs))]
    case 'eb':
      return [range(low('<=', lowMs), high('<=', lowMs))]
    case 'ap': {
      const slackMs = Math.abs(nowMs - (lowMs + highMs) / 2) * approximation
      return overlapping(param, Math.floor(lowMs - slackMs), Math.ceil(highMs + slackMs))
    }
  }
}

function low(op: RowTest['op'], value: number): RowTest {
  return { column: 'low', op, value }
}

function high(op: RowTest['op'], value: number): RowTest {
  return { column: 'high', op, value }
}

function endingAfter(param: Key, ms: number): readonly RowRange[] {
  return [
    { param, wide: false, tests: [low('>', ms - wideDateMs), high('>', ms)] },
    { param, wide: true, tests: [high('>', ms)] },
  ]
}

function overlapping(param: Key, from: number, to: number): readonly RowRange[] {
  return [
    { param, wide: false, tests: [low('>', from - wideDateMs), low('<', to), high('>', from)] },
    { param, wide: true, tests: [high('>', from), low('<', to)] },
  ]
}

/** `_lastUpdated`: an instant that lasts a millisecond. */
export function updatedTests(
  wanted: DateSearch,
  modifier: Modifier | undefined,
  nowMs: number,
): readonly (readonly RowTest[])[] {
  return dateRanges(none, wanted, modifier, nowMs)
    .filter(({ wide }) => wide !== true)
    .map(({ tests }) =>
      tests.map(({ column, op, value }) => ({
        column: 'at' as const,
        op,
        value: column === 'high' ? Number(value) - 1 : value,
      })),
    )
}

type Compared = Pick<NumberSearch, 'prefix' | 'value' | 'low' | 'high'>

/** Where rows of numbers and quantities lie: `comparedNumber` of the matcher. `also`: their context, unit or code. */
export function numberRanges(param: Key, wanted: Compared, also: readonly RowTest[]): readonly RowRange[] {
  const { value } = wanted
  const range = (...tests: readonly RowTest[]): RowRange => ({ param, tests: [...also, ...tests] })
  const both = (exact: readonly RowTest[], wide: readonly RowTest[]): readonly RowRange[] => [
    { ...range(...exact), wide: false },
    { ...range(...wide), wide: true },
  ]
  switch (wanted.prefix) {
    case 'eq':
      return [range(low('>=', wanted.low), low('<', wanted.high), high('<', wanted.high))]
    case 'ne':
      return [range(low('<', wanted.low)), range(low('>=', wanted.low), high('>=', wanted.high))]
    case 'gt':
      return both([low('>', value)], [high('>', value)])
    case 'ge':
      return both([low('>=', value)], [high('>=', value)])
    case 'lt':
      return [range(low('<', value))]
    case 'le':
      return [range(low('<=', value))]
    case 'sa':
      return [range(low('>', value))]
    case 'eb':
      return [range(low('<', value), high('<', value))]
    case 'ap': {
      const slack = Math.abs(value) * approximation
      const to = low('<=', value + slack)
      return both([low('>=', value - slack), to], [high('>=', value - slack), to])
    }
  }
}

/** A code point beyond all that texts have: everything with a beginning sorts before the beginning and this. */
const last = '\u{10ffff}'

/** Half as many code points as code units that are kept: a longer value may have been cut. */
const cutCharacters = stringCharactersMax / 2

/** Where strings lie, and whether that is exactly those: values are kept to a length, what is beyond is compared in memory. */
export function stringRanges(
  param: Key,
  text: string,
  modifier: Modifier | undefined,
): { readonly ranges: readonly RowRange[]; readonly exact: boolean } {
  const folded = foldText(text)
  const kept = folded.slice(0, stringCharactersMax)
  const exact = folded.length < stringCharactersMax
  const value = (op: RowTest['op'], of: string): RowTest => ({ column: 'value', op, value: of })
  if (modifier === 'contains' || modifier === 'ends') {
    const pattern = `%${likeEscaped(kept)}${modifier === 'ends' && exact ? '' : '%'}`
    const cut: RowTest = { column: 'length', op: '>=', value: cutCharacters }
    return {
      ranges: [
        { param, tests: [value('like', pattern)] },
        { param, tests: [cut] },
      ],
      exact: false,
    }
  }
  if (modifier === 'equal' && exact) return { ranges: [{ param, tests: [value('=', kept)] }], exact }
  return { ranges: [{ param, tests: beginning(kept) }], exact }
}

export function beginning(text: string): readonly RowTest[] {
  return [
    { column: 'value', op: '>=', value: text },
    { column: 'value', op: '<', value: text + last },
  ]
}

export function likeEscaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}
