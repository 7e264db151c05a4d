import type { Trace } from '@samband/operations/contract'
import { countChanges, diffTexts } from './text-diff.ts'

type Step = Trace['steps'][number]

export type ComparedStep = Step & {
  /** What stood before this step, where comparing makes sense; else null. */
  readonly before: string | null
  readonly changes: number
  /** The step made another kind of thing (HL7 became JSON): there is nothing to compare line by line. */
  readonly reshaped: boolean
  /** After a split the same steps run once per part, counted from 0. */
  readonly part: number
}

/**
 * Each step beside what stood before it. Outputs branch off what the last step that is not an output left. Where a name
 * comes again, the next part of a split begins, from what stood before that step the first time.
 */
export function compareSteps(trace: readonly Step[], received: string | null): readonly ComparedStep[] {
  const firstBefore = new Map<string, string | null>()
  const seen = new Map<string, number>()
  let current = received
  return trace.map(step => {
    const key = `${step.kind}/${step.name}`
    const part = seen.get(key) ?? 0
    seen.set(key, part + 1)
    if (part === 0) firstBefore.set(key, current)
    else if (step.outcome !== 'output' && isFirstOfPart(seen, part)) current = firstBefore.get(key) ?? null
    const before = current
    if (step.outcome !== 'output' && step.after !== null) current = step.after
    if (before === null || step.after === null) return { ...step, before: null, changes: 0, reshaped: false, part }
    const reshaped = looksLikeJson(before) !== looksLikeJson(step.after)
    const changes = reshaped ? 0 : countChanges(diffTexts(before, step.after))
    return { ...step, before: reshaped ? null : before, changes, reshaped, part }
  })
}

/** The first name that comes for the (part + 1)th time is where that part begins. */
function isFirstOfPart(seen: ReadonlyMap<string, number>, part: number): boolean {
  return [...seen.values()].filter(count => count > part).length === 1
}

const looksLikeJson = (text: string): boolean => /^\s*[[{]/.test(text)
