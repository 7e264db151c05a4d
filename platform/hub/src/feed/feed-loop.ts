import type { Change } from '../storage/stored.ts'
import { type FeedContext, readFeed } from './change-feed.ts'
import type { FeedWake } from './feed-wake.ts'

/** What following needs of the hub's context. */
export type FollowContext = FeedContext & { readonly feed: FeedWake }

export type FeedLoop = {
  readonly types?: ReadonlySet<string>
  readonly signal: AbortSignal
  /** Where it stands; asked before each read. */
  readonly position: () => number
  /** A batch of changes, which may be empty, and up to where it is complete. False ends the loop. */
  readonly onPage: (changes: readonly Change[], through: number) => Promise<boolean>
}

/**
 * Reads the feed in batches as long as there is something, then sleeps until it is woken or `feedPollMs` have passed. The
 * next batch is read when the last has been handled: nothing piles up here.
 */
export async function runFeedLoop(context: FollowContext, loop: FeedLoop): Promise<void> {
  const { types, signal, position, onPage } = loop
  const alarm = new Alarm(context.feed, types, signal)
  try {
    while (!signal.aborted) {
      alarm.reset()
      const after = position()
      const { changes, through } = await readFeed(context, { after, ...(types === undefined ? {} : { types }) })
      if (signal.aborted || !(await onPage(changes, through))) return
      if (changes.length === 0) await alarm.wait(context.limits.feedPollMs)
    }
  } finally {
    alarm.close()
  }
}

/** Rings when a change of the types may have been committed, or the signal says stop; remembers it until it is asked. */
export class Alarm {
  readonly #close: () => void
  #rung = false
  #ring: (() => void) | undefined

  constructor(feed: FeedWake, types: ReadonlySet<string> | undefined, signal: AbortSignal) {
    const ring = (): void => {
      this.#rung = true
      this.#ring?.()
    }
    const stop = feed.listen(changed => {
      if (changed === 'any' || types === undefined || [...changed].some(type => types.has(type))) ring()
    })
    signal.addEventListener('abort', ring)
    this.#close = () => {
      stop()
      signal.removeEventListener('abort', ring)
    }
  }

  /** Before reading: what comes from here on rings. */
  reset(): void {
    this.#rung = false
  }

  async wait(ms: number): Promise<void> {
    if (this.#rung) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ring = resolve
    const timer = setTimeout(resolve, ms)
    timer.unref()
    await promise
    clearTimeout(timer)
    this.#ring = undefined
  }

  close(): void {
    this.#close()
  }
}

/** Sleeps unless the signal says stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  timer.unref()
  const stop = (): void => resolve()
  signal.addEventListener('abort', stop)
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', stop)
}
