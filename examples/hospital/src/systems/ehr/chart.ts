import { BoundedMap } from '../bounded-map.ts'

/** How far an order has come. Results only go forward: what is final does not become preliminary again. */
export type OrderStatus = 'placed' | 'accepted' | 'in-progress' | 'preliminary' | 'final' | 'dispensed' | 'refused'

export type OrderKind = 'lab' | 'radiology' | 'drug'

export type Observation = {
  readonly code: string
  readonly name: string
  readonly value: string
  readonly unit: string
  readonly referenceRange: string
  /** HL7 table 0078: 'H', 'LL' ...; empty when normal. */
  readonly flag: string
}

export type ChartOrder = {
  readonly placer: string
  readonly mrn: string
  readonly kind: OrderKind
  readonly status: OrderStatus
  readonly observations: readonly Observation[]
  readonly notes: readonly string[]
}

/** A final result that a doctor has not yet signed. */
export type InboxItem = { readonly placer: string; readonly mrn: string; readonly abnormal: boolean; readonly at: Date }

const ordersMax = 40_000
const inboxMax = 5_000

const rank: Readonly<Record<OrderStatus, number>> = {
  placed: 0,
  accepted: 1,
  refused: 1,
  'in-progress': 2,
  preliminary: 3,
  final: 4,
  dispensed: 4,
}

const rankLast = rank.final

/** The orders of all patients with what came back, and the inbox of what doctors have to look at. */
export class Chart {
  readonly #orders: BoundedMap<string, ChartOrder> = new BoundedMap(ordersMax)
  readonly #inbox: InboxItem[] = []
  readonly #filed: Record<OrderStatus, number> = {
    placed: 0,
    accepted: 0,
    refused: 0,
    'in-progress': 0,
    preliminary: 0,
    final: 0,
    dispensed: 0,
  }
  #late = 0
  #open = 0
  #inboxTotal = 0

  place(placer: string, mrn: string, kind: OrderKind): void {
    this.#orders.set(placer, { placer, mrn, kind, status: 'placed', observations: [], notes: [] })
    this.#filed.placed += 1
    this.#open += 1
  }

  order(placer: string): ChartOrder | undefined {
    return this.#orders.get(placer)
  }

  ordersOf(mrn: string): readonly ChartOrder[] {
    return [...this.#orders.values()].filter(order => order.mrn === mrn)
  }

  /** Everything under the old number belongs to the new one. */
  merge(priorMrn: string, mrn: string): void {
    for (const order of this.ordersOf(priorMrn)) this.#orders.set(order.placer, { ...order, mrn })
  }

  /**
   * Files a status, with what was observed. False when a later status is there already: then the earlier one has been
   * overtaken on its way, which the hospital counts.
   */
  file(
    placer: string,
    status: OrderStatus,
    found: { observations?: readonly Observation[]; notes?: readonly string[] },
    at: Date,
  ): boolean {
    const order = this.#orders.get(placer)
    if (order === undefined) return false
    if (rank[status] < rank[order.status]) {
      this.#late += 1
      return false
    }
    const filed = {
      ...order,
      status,
      observations: found.observations ?? order.observations,
      notes: found.notes ?? order.notes,
    }
    this.#orders.set(placer, filed)
    this.#filed[status] += 1
    if (rank[status] === rankLast && rank[order.status] < rankLast) this.#open -= 1
    if (status === 'final' && order.status !== 'final') this.#toInbox(filed, at)
    return true
  }

  inbox(): readonly InboxItem[] {
    return this.#inbox
  }

  counts(): Readonly<Record<string, number>> {
    return {
      ordersPlaced: this.#filed.placed,
      ordersOpen: this.#open,
      ordersAccepted: this.#filed.accepted,
      resultsPreliminary: this.#filed.preliminary,
      resultsFinal: this.#filed.final,
      dispensed: this.#filed.dispensed,
      inbox: this.#inboxTotal,
      overtaken: this.#late,
    }
  }

  #toInbox(order: ChartOrder, at: Date): void {
    const abnormal = order.observations.some(({ flag }) => flag !== '')
    this.#inbox.push({ placer: order.placer, mrn: order.mrn, abnormal, at })
    this.#inboxTotal += 1
    if (this.#inbox.length > inboxMax) this.#inbox.shift()
  }
}
