const firstDay = Date.UTC(2026, 0, 1)
const controlsPerSecond = 10_000
const ordersPerSecond = 1_000
const patientsPerSecond = 100
const firstPatient = 7_000_000

/**
 * Where the numbers of one run begin. The systems keep nothing when they end, but what they said before stays with the
 * engine: a control id that came again would be dropped as a duplicate, and a patient number would mean two people. So
 * every run counts on from its second of start, with more room per second than any speed uses. Whatever has a lower
 * number is from an earlier run: the systems take it as something from their archive.
 */
export class RunNumbers {
  readonly #seconds: number
  #patients = 0
  #orders = 0
  #visits = 0

  constructor(startedAt: Date) {
    this.#seconds = Math.max(0, Math.floor((startedAt.getTime() - firstDay) / 1_000))
  }

  /** Control ids of one system: 'EPJ00000001', rising. */
  controls(prefix: string): () => string {
    let last = this.#seconds * controlsPerSecond
    return () => {
      last += 1
      return `${prefix}${String(last).padStart(8, '0')}`
    }
  }

  /** '7000001' */
  nextPatient(): string {
    this.#patients += 1
    return String(this.#patientsFrom + this.#patients)
  }

  /** 'R0000001': a requisition; its orders have '-1', '-2' behind it. */
  nextOrder(): string {
    this.#orders += 1
    return `R${String(this.#ordersFrom + this.#orders).padStart(7, '0')}`
  }

  /** 'B0000001' */
  nextVisit(): string {
    this.#visits += 1
    return `B${String(this.#seconds * patientsPerSecond + this.#visits).padStart(7, '0')}`
  }

  isEarlierPatient(mrn: string): boolean {
    return /^\d+$/.test(mrn) && Number(mrn) <= this.#patientsFrom && Number(mrn) > firstPatient
  }

  /** The order's place in the story, the same in every run of one seed: '17-2'. */
  placeOf(placer: string): string {
    const [, number = '0', part = ''] = /^R(\d+)(?:-(\d+))?$/.exec(placer) ?? []
    return `${Number(number) - this.#ordersFrom}-${part}`
  }

  get #patientsFrom(): number {
    return firstPatient + this.#seconds * patientsPerSecond
  }

  get #ordersFrom(): number {
    return this.#seconds * ordersPerSecond
  }
}
