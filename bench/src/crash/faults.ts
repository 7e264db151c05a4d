import { sleep } from '../load/waiting.ts'
import type { CrashReceiver, ReceiverMode } from './crash-receiver.ts'
import type { EngineFleet } from './engine-fleet.ts'
import type { FaultLog, Trouble } from './fault-log.ts'
import type { Link } from './link.ts'
import type { Random } from '../load/random.ts'

type LinkName = 'senders' | 'receiver' | 'database'
type LinkFault = 'cut' | 'stall' | 'half-open'

/** Everything that goes wrong beside kills. */
export type FaultKind =
  | `${LinkName}-${LinkFault}`
  | `receiver-${'vanish' | 'late' | 'silent' | 'twice' | 'negative'}`
  | 'engine-pause'

const weights: Readonly<Record<FaultKind, number>> = {
  'senders-cut': 3,
  'senders-stall': 1,
  'senders-half-open': 2,
  'receiver-cut': 3,
  'receiver-stall': 2,
  'receiver-half-open': 2,
  'database-cut': 2,
  'database-stall': 2,
  'database-half-open': 1,
  'receiver-vanish': 2,
  'receiver-late': 2,
  'receiver-silent': 2,
  'receiver-twice': 2,
  'receiver-negative': 2,
  'engine-pause': 2,
}

/** Shortest and longest, in ms. */
const lasts = {
  stall: [100, 2_500],
  'half-open': [300, 3_000],
  vanish: [200, 4_000],
  mode: [200, 1_000],
  pause: [200, 2_500],
} as const

/** A lane changes its owner within this time. */
const takeoverMs = 10_000

export type FaultParts = {
  /** One for each engine process. */
  readonly senders: readonly Link[]
  readonly receiver: Link
  readonly database: Link
  readonly peer: CrashReceiver
  readonly fleet: EngineFleet
  readonly log: FaultLog
  readonly random: Random
}

/** Makes one thing go wrong and right again. What is already broken is not broken a second time meanwhile. */
export class Faults {
  readonly #parts: FaultParts
  readonly #busy = new Set<string>()
  readonly #running = new Set<Promise<void>>()

  constructor(parts: FaultParts) {
    this.#parts = parts
  }

  /** Starts one at random; it ends by itself. */
  start(): void {
    const kind = this.#parts.random.pick(weights)
    const part = kind.slice(0, kind.indexOf('-'))
    if (this.#busy.has(part)) return
    this.#busy.add(part)
    this.#parts.log.count(kind)
    const run = this.#run(kind).finally(() => {
      this.#busy.delete(part)
      this.#running.delete(run)
    })
    this.#running.add(run)
  }

  /** Resolves when everything works again. */
  async healed(): Promise<void> {
    await Promise.all(this.#running)
  }

  #run(kind: FaultKind): Promise<void> {
    switch (kind) {
      case 'senders-cut':
      case 'senders-stall':
      case 'senders-half-open':
        return this.#breakLinks(this.#parts.senders, linkFault(kind))
      case 'receiver-cut':
      case 'receiver-stall':
      case 'receiver-half-open':
        return this.#during(this.#parts.log.receiverTrouble(), () =>
          this.#breakLinks([this.#parts.receiver], linkFault(kind)),
        )
      case 'database-cut':
      case 'database-stall':
      case 'database-half-open':
        return this.#during(this.#parts.log.settlementTrouble(), () => {
          this.#mayBeTakenOver(takeoverMs)
          return this.#breakLinks([this.#parts.database], linkFault(kind))
        })
      case 'receiver-vanish':
        return this.#during(this.#parts.log.receiverTrouble(), () => this.#vanish())
      case 'receiver-late':
        return this.#behave('late')
      case 'receiver-silent':
        return this.#behave('silent')
      case 'receiver-twice':
        return this.#behave('twice')
      case 'receiver-negative':
        return this.#behave('negative')
      case 'engine-pause':
        return this.#during(this.#parts.log.settlementTrouble(), () => this.#pauseEngine())
    }
  }

  async #during(trouble: Trouble, fault: () => Promise<void>): Promise<void> {
    await fault()
    trouble.ended = performance.now()
  }

  async #breakLinks(links: readonly Link[], fault: LinkFault): Promise<void> {
    const { random } = this.#parts
    if (fault === 'cut') {
      const orderly = random.next() < 0.5
      for (const link of links) link.cut(orderly)
      return
    }
    const silent = random.next() < 0.5 ? 'client' : 'upstream'
    for (const link of links) {
      if (fault === 'stall') link.stall()
      else link.halfOpen(silent)
    }
    await this.#last(fault)
    for (const link of links) link.resume()
  }

  async #vanish(): Promise<void> {
    const { sink } = this.#parts.peer
    await sink.vanish()
    await this.#last('vanish')
    await sink.listen()
  }

  async #behave(mode: ReceiverMode): Promise<void> {
    const { peer, log } = this.#parts
    await this.#during(log.receiverTrouble(), async () => {
      peer.mode = mode
      await this.#last('mode')
      peer.mode = 'ready'
    })
  }

  async #pauseEngine(): Promise<void> {
    const { fleet, random } = this.#parts
    const number = Math.floor(random.next() * fleet.members.length)
    const [min, max] = lasts.pause
    const ms = random.between(min, max)
    this.#mayBeTakenOver(ms + takeoverMs)
    fleet.signal(number, 'SIGSTOP')
    await sleep(ms)
    fleet.signal(number, 'SIGCONT')
  }

  /** With another process beside it, the lanes of one that stands still or has lost the database are taken over. */
  #mayBeTakenOver(withinMs: number): void {
    const { fleet, log } = this.#parts
    if (fleet.members.length > 1) log.killed(performance.now() + withinMs)
  }

  #last(what: keyof typeof lasts): Promise<void> {
    const [min, max] = lasts[what]
    return sleep(this.#parts.random.between(min, max))
  }
}

function linkFault(kind: FaultKind): LinkFault {
  return kind.endsWith('half-open') ? 'half-open' : kind.endsWith('stall') ? 'stall' : 'cut'
}
