import { type FaultSettings, faultDefaults } from './line/faults.ts'
import type { Address } from './line/sender.ts'
import { Pace } from './pace.ts'
import { createRandom, type Random } from './random.ts'
import { RunNumbers } from './run-numbers.ts'
import { Station, type StationState } from './station.ts'
import { type Account, createBilling } from './systems/billing/billing.ts'
import type { ChartOrder, InboxItem } from './systems/ehr/chart.ts'
import { createEhr } from './systems/ehr/ehr.ts'
import { createLis } from './systems/lis/lis.ts'
import { createPharmacy } from './systems/pharmacy/pharmacy.ts'
import { createRis } from './systems/ris/ris.ts'
import type { Moment, SystemName } from './systems/system.ts'
import { systemNames } from './systems/system.ts'

export type HospitalOptions = {
  /** Where each system listens. Port 0: a free one, to be read from `addresses`. */
  readonly listen: Readonly<Record<SystemName, Address>>
  /**
   * Where a system sends to: the engine's listener for it. Undefined while that is not known yet; asked for every
   * connection.
   */
  readonly sendTo: (system: SystemName) => Address | undefined
  readonly messagesPerMinute?: number
  readonly faults?: Partial<FaultSettings>
  /** The same seed tells the same story. */
  readonly seed?: number
  readonly now?: () => Date
  readonly inpatientsAtStart?: number
  /** Facts only, no patients. */
  readonly log?: (event: string, facts: Readonly<Record<string, string | number>>) => void
}

export type HospitalState = {
  readonly running: boolean
  readonly messagesPerMinute: number
  /** Messages sent since the hospital opened. */
  readonly beat: number
  readonly systems: Readonly<Record<SystemName, StationState>>
}

export type Hospital = {
  /** Where the systems listen, with the ports they got. */
  readonly addresses: Readonly<Record<SystemName, Address>>
  readonly state: () => HospitalState
  /** Looks into the EHR's chart and the patient's bill. */
  readonly patient: (mrn: string) => { readonly orders: readonly ChartOrder[]; readonly account: Account | undefined }
  /** Numbers of the patients that the EHR knows. */
  readonly patientNumbers: () => readonly string[]
  readonly inbox: () => readonly InboxItem[]
  readonly pause: () => void
  readonly resume: () => void
  /** Nothing new happens; the departments finish what was ordered. */
  readonly finish: () => void
  readonly setSpeed: (messagesPerMinute: number) => void
  /** A system stops answering; with a duration it comes back by itself. */
  readonly takeDown: (system: SystemName, durationMs?: number) => Promise<void>
  readonly bringUp: (system: SystemName) => Promise<void>
  readonly close: () => Promise<void>
}

export const speedDefault = 60
const seedDefault = 2026
const inpatientsDefault = 20
/** Birth dates are counted from here and not from today, so that a seed gives the same people on every day. */
const storyDay = new Date('2026-01-01T00:00:00Z')
/** More often than the other faults, because only what is sampled shows it. */
const newAnalysisFactor = 5
/** While so many messages of a system wait for the engine, nobody in the hospital gets on with their work. */
const waitingMax = 500
/** The first system goes down sooner than the later ones, so that whoever trains need not wait. */
const firstDownShare = 0.25

/**
 * Opens the hospital: five systems on their sockets and a story that makes them talk. Resolves when all listen; rejects
 * when a port is taken.
 */
export async function startHospital(options: HospitalOptions): Promise<Hospital> {
  const hospital = new RunningHospital(options)
  await hospital.open()
  return hospital
}

class RunningHospital implements Hospital {
  readonly #options: HospitalOptions
  readonly #random: Random
  readonly #faults: FaultSettings
  readonly #ehr: ReturnType<typeof createEhr>
  readonly #billing: ReturnType<typeof createBilling>
  readonly #stations: Readonly<Record<SystemName, Station>>
  readonly #pace: Pace
  #beat = 0
  #finishing = false
  #closed = false
  #faultTimer: NodeJS.Timeout | undefined
  readonly #comingUp: Partial<Record<SystemName, NodeJS.Timeout>> = {}

  constructor(options: HospitalOptions) {
    this.#options = options
    this.#random = createRandom(options.seed ?? seedDefault)
    this.#faults = { ...faultDefaults, ...options.faults }
    const numbers = new RunNumbers(this.#now())
    this.#ehr = createEhr({
      numbers,
      random: this.#random.fork('ehr'),
      today: storyDay,
      inpatientsAtStart: options.inpatientsAtStart ?? inpatientsDefault,
    })
    this.#billing = createBilling(numbers)
    this.#stations = {
      ehr: this.#station(this.#ehr),
      lis: this.#station(
        createLis(
          this.#random.fork('lis'),
          numbers,
          this.#faults.kinds.includes('unmapped-code') ? this.#faults.share * newAnalysisFactor : 0,
        ),
      ),
      ris: this.#station(createRis(this.#random.fork('ris'), numbers)),
      pharmacy: this.#station(createPharmacy(this.#random.fork('pharmacy'), numbers)),
      billing: this.#station(this.#billing),
    }
    this.#pace = new Pace(options.messagesPerMinute ?? speedDefault, () => this.#onBeat())
  }

  async open(): Promise<void> {
    try {
      for (const name of systemNames) await this.#stations[name].open()
    } catch (thrown) {
      await this.close()
      throw thrown
    }
    for (const message of this.#ehr.opening(this.#moment())) {
      this.#beat += 1
      this.#stations.ehr.send(message)
    }
    this.#pace.start()
    if (this.#faults.kinds.includes('receiver-down')) this.#scheduleDown(this.#random.fork('down'), firstDownShare)
    this.#log('hospital.open', { messagesPerMinute: this.#pace.perMinute, faults: this.#faults.kinds.join(',') })
  }

  get addresses(): Readonly<Record<SystemName, Address>> {
    return this.#each(name => ({ host: this.#options.listen[name].host, port: this.#stations[name].port }))
  }

  readonly state = (): HospitalState => ({
    running: this.#pace.running,
    messagesPerMinute: this.#pace.perMinute,
    beat: this.#beat,
    systems: this.#each(name => this.#stations[name].state()),
  })

  readonly patient = (mrn: string): ReturnType<Hospital['patient']> => ({
    orders: this.#ehr.ordersOf(mrn),
    account: this.#billing.account(mrn),
  })

  readonly patientNumbers = (): readonly string[] => this.#ehr.patientNumbers()

  readonly inbox = (): readonly InboxItem[] => this.#ehr.inbox()

  readonly pause = (): void => this.#pace.stop()

  readonly resume = (): void => this.#pace.start()

  readonly finish = (): void => {
    this.#finishing = true
  }

  readonly setSpeed = (messagesPerMinute: number): void => this.#pace.set(messagesPerMinute)

  readonly takeDown = async (system: SystemName, durationMs?: number): Promise<void> => {
    clearTimeout(this.#comingUp[system])
    await this.#stations[system].takeDown()
    this.#log(
      'system.down',
      durationMs === undefined ? { system } : { system, seconds: Math.round(durationMs / 1_000) },
    )
    if (durationMs === undefined || this.#closed) return
    this.#comingUp[system] = setTimeout(() => {
      this.bringUp(system).catch(() => this.#log('system.port-taken', { system }))
    }, durationMs)
  }

  readonly bringUp = async (system: SystemName): Promise<void> => {
    clearTimeout(this.#comingUp[system])
    await this.#stations[system].bringUp()
    this.#log('system.up', { system })
  }

  readonly close = async (): Promise<void> => {
    this.#closed = true
    this.#pace.stop()
    clearTimeout(this.#faultTimer)
    for (const timer of Object.values(this.#comingUp)) clearTimeout(timer)
    await Promise.all(systemNames.map(name => this.#stations[name].close()))
  }

  /** One message somewhere: a department that has something due, in turn, else the EHR. */
  #onBeat(): void {
    if (systemNames.some(name => this.#stations[name].waiting >= waitingMax)) return
    this.#beat += 1
    const moment = this.#moment()
    const departments = (['lis', 'ris', 'pharmacy'] as const).map(
      (_, index, all) => all[(index + this.#beat) % all.length] ?? 'lis',
    )
    // Three tries: what the EHR chose may turn out impossible, because no bed is free.
    const ehr = this.#finishing ? [] : (['ehr', 'ehr', 'ehr'] as const)
    for (const name of [...departments, ...ehr]) {
      const message = this.#stations[name].system.act(moment)
      if (message === undefined) continue
      this.#stations[name].send(message)
      return
    }
  }

  /** Takes a receiver down now and then; it comes back by itself. */
  #scheduleDown(random: Random, share: number): void {
    const { downEveryMs, downMinMs, downMaxMs } = this.#faults
    this.#faultTimer = setTimeout(
      () => {
        const system = random.pick(['lis', 'ris', 'pharmacy', 'billing', 'ehr'])
        this.takeDown(system, random.between(downMinMs, downMaxMs)).catch(() => this.#log('system.busy', { system }))
        this.#scheduleDown(random, 1)
      },
      downEveryMs * (0.5 + random.next()) * share,
    )
  }

  #station(system: Station['system']): Station {
    return new Station({
      system,
      listen: this.#options.listen[system.name],
      sendTo: () => this.#options.sendTo(system.name),
      faults: this.#faults,
      random: this.#random.fork(`station:${system.name}`),
      moment: () => this.#moment(),
    })
  }

  #moment(): Moment {
    return { beat: this.#beat, at: this.#now() }
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date()
  }

  #log(event: string, facts: Readonly<Record<string, string | number>>): void {
    this.#options.log?.(event, facts)
  }

  #each<T>(make: (name: SystemName) => T): Readonly<Record<SystemName, T>> {
    return {
      ehr: make('ehr'),
      lis: make('lis'),
      ris: make('ris'),
      pharmacy: make('pharmacy'),
      billing: make('billing'),
    }
  }
}
