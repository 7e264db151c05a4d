import type { RawClient } from './raw-client.ts'

export type LoopResult = {
  readonly requests: number
  /** Sorted by nobody. */
  readonly timesMs: Float64Array
  /** Answers with another status than asked for, by status. */
  readonly failures: Readonly<Record<string, number>>
  readonly seconds: number
}

/** Each client sends the next request when the last one is answered. `next` gives the bytes for a client's turn. */
export async function closedLoop(options: {
  readonly clients: readonly RawClient[]
  readonly next: (client: number, turn: number) => Buffer
  readonly isGood: (status: number) => boolean
  readonly seconds: number
  readonly firstTurn: number
}): Promise<LoopResult & { readonly turns: number }> {
  const { clients, next, isGood, seconds } = options
  const begun = performance.now()
  const until = begun + seconds * 1000
  let times = new Float64Array(65_536)
  let requests = 0
  let turns = 0
  const failures: Record<string, number> = {}
  const run = async (client: RawClient, number: number): Promise<void> => {
    for (let turn = options.firstTurn; ; turn += 1) {
      const sent = performance.now()
      if (sent >= until) {
        turns = Math.max(turns, turn)
        return
      }
      const { status } = await client.ask(next(number, turn))
      if (requests === times.length) times = grown(times)
      times[requests] = performance.now() - sent
      requests += 1
      if (!isGood(status)) failures[status] = (failures[status] ?? 0) + 1
    }
  }
  await Promise.all(clients.map(run))
  const elapsed = (performance.now() - begun) / 1000
  return { requests, timesMs: times.slice(0, requests), failures, seconds: elapsed, turns }
}

function grown(times: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(times.length * 2)
  larger.set(times)
  return larger
}
