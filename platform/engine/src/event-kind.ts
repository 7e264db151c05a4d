import type { TimelineEntry } from './views.ts'

/**
 * What can happen to a message. Stored as a number; `delivered` is 1 because the index over the exceptional ones leaves
 * it out.
 *
 * A delivery (message, destination, part) is open until `delivered`, `dead` or `discarded`; `resend`, `redirect` and
 * `reprocess` open it again. `filtered` and `duplicate` end a message as a whole, as does `dead` without a destination
 * (a step failed).
 */
export const eventKinds = {
  delivered: 1,
  /** An attempt failed and there will be another one. */
  'attempt-failed': 2,
  /** Waits with its output stored, because too many wait to keep all in memory. */
  queued: 3,
  held: 4,
  dead: 5,
  filtered: 6,
  duplicate: 7,
  discarded: 8,
  reprocess: 9,
  resent: 10,
  redirected: 11,
  reinjected: 12,
  edited: 13,
  /** What capabilities answered to the route's calls (sealed JSON), for replay. */
  calls: 14,
  /** An item of it went on as a part of a group; `ref` is the message that stands for the group. */
  aggregated: 15,
} as const

export type EventKind = keyof typeof eventKinds

const names = new Map<number, EventKind>(Object.entries(eventKinds).map(([name, kind]) => [kind, name as EventKind]))

/** Throws when the database holds a kind that this program does not know: it was written by a newer one. */
export function eventKindName(kind: number): EventKind {
  const name = names.get(kind)
  if (name === undefined) throw new Error(`event kind ${kind} is unknown to this version`)
  return name
}

/** Calls are recordings for replay, not a moment in a message's life. */
export function isTimelineKind(kind: EventKind): kind is TimelineEntry['kind'] & EventKind {
  return kind !== 'calls'
}

/** How a message made by a verb says so in the journal. */
export const verbNumbers = { reinject: 1, edit: 2, via: 3 } as const
export type MadeBy = keyof typeof verbNumbers
