import { dateRange, UTC } from '@samband/fhir/search'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'

/** What `$lastn` has to know of an observation. */
export type DatedObservation = {
  readonly id: string
  /** Epoch milliseconds of the beginning of `effective[x]`; the smallest number where it says none. */
  readonly effectiveMs: number
  /** The codes that it is grouped by: each coding, or the text where there is none. */
  readonly codes: readonly string[]
}

export function datedObservation(id: string, observation: JsonObject): DatedObservation {
  const subject = textOf(observation['subject'], 'reference') ?? ''
  return {
    id,
    effectiveMs: effectiveMs(observation),
    codes: codesOf(observation['code']).map(code => JSON.stringify([subject, ...code])),
  }
}

/**
 * The last of each group, newest first (FHIR R4 observation-operation-lastn): codings with the same system and code are the
 * same, a code with several codings makes them the same for all others, and where there is no coding the text counts as it
 * is written. Of those that happened at the same time as the last one that fits, none is left out.
 */
export function lastOfEach(observations: readonly DatedObservation[], max: number): readonly DatedObservation[] {
  const groups = new Groups()
  for (const { codes } of observations) groups.join(codes)
  const byGroup = Map.groupBy(observations, ({ codes }) => groups.of(codes[0] ?? ''))
  return [...byGroup.values()].flatMap(group => lastOf(group, max)).toSorted(newestFirst)
}

function lastOf(group: readonly DatedObservation[], max: number): readonly DatedObservation[] {
  const sorted = group.toSorted(newestFirst)
  const last = sorted[max - 1]
  return last === undefined ? sorted : sorted.filter(({ effectiveMs: ms }) => ms >= last.effectiveMs)
}

function newestFirst(a: DatedObservation, b: DatedObservation): number {
  // Infinities have no difference.
  if (a.effectiveMs !== b.effectiveMs) return a.effectiveMs > b.effectiveMs ? -1 : 1
  return a.id < b.id ? -1 : 1
}

/** Sets of codes that are the same: each code has a parent, and the last parent stands for the set. */
class Groups {
  readonly #parents = new Map<string, string>()

  join(codes: readonly string[]): void {
    const [first, ...others] = codes
    if (first === undefined) return
    const root = this.of(first)
    for (const other of others) this.#parents.set(this.of(other), root)
  }

  of(code: string): string {
    let root = code
    for (let parent = this.#parents.get(root); parent !== undefined && parent !== root; ) {
      root = parent
      parent = this.#parents.get(root)
    }
    // The way is short the next time.
    if (root !== code) this.#parents.set(code, root)
    return root
  }
}

function codesOf(concept: unknown): readonly (readonly unknown[])[] {
  const codings =
    isJsonObject(concept) && Array.isArray(concept['coding']) ? concept['coding'].filter(isJsonObject) : []
  const coded = codings.filter(({ code }) => typeof code === 'string')
  if (coded.length > 0) return coded.map(({ system, code }) => ['coding', system ?? null, code])
  const display = codings.map(each => each['display']).find(each => typeof each === 'string')
  return [['text', textOf(concept, 'text') ?? display ?? '']]
}

/** The beginning, or for a period that has none its end. */
function effectiveMs(observation: JsonObject): number {
  const { effectiveDateTime, effectiveInstant, effectivePeriod, effectiveTiming } = observation
  const events =
    isJsonObject(effectiveTiming) && Array.isArray(effectiveTiming['event']) ? effectiveTiming['event'] : []
  const repeat = isJsonObject(effectiveTiming) ? effectiveTiming['repeat'] : undefined
  const bounds = isJsonObject(repeat) ? repeat['boundsPeriod'] : undefined
  const texts = [
    effectiveDateTime,
    effectiveInstant,
    textOf(effectivePeriod, 'start'),
    textOf(effectivePeriod, 'end'),
    ...events,
    textOf(bounds, 'start'),
    textOf(bounds, 'end'),
  ]
  const written = texts.find(each => typeof each === 'string')
  const range = written === undefined ? undefined : dateRange(written, UTC)
  return range?.lowMs ?? Number.NEGATIVE_INFINITY
}

function textOf(value: unknown, member: string): string | undefined {
  const text = isJsonObject(value) ? value[member] : undefined
  return typeof text === 'string' ? text : undefined
}
