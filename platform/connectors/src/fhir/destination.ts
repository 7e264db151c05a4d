import type { DestinationHandle, EndpointState, Outgoing, Reply, Settlement } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import type { FhirDestinationConfig } from './config.ts'
import type { HubPort } from './hub-port.ts'

/** See README.md for what is guaranteed. */
export class FhirDestination implements DestinationHandle {
  readonly address: string
  readonly window: number
  readonly #hub: HubPort
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #failing = false
  #used = false

  constructor(hub: HubPort, config: FhirDestinationConfig) {
    this.#hub = hub
    this.address = hub.address
    this.window = config.window
  }

  readonly state = (): EndpointState => this.#monitor.state(this.#failing ? 'down' : this.#used ? 'up' : 'idle', 0)

  readonly close = (): Promise<void> => Promise.resolve()

  /** Without a settlement in the journal, as a receiver anywhere else: at least once. */
  readonly send = (outgoing: Outgoing): Promise<Reply> =>
    this.sendWithin(outgoing, { begin: async () => {}, settle: async () => {} })

  readonly sendWithin = async (outgoing: Outgoing, settlement: Settlement): Promise<Reply> => {
    this.#used = true
    try {
      const reply = await this.#hub.transaction(outgoing, settlement)
      this.#failing = false
      this.#monitor.count('committed')
      return reply
    } catch (error) {
      if (error instanceof SambandError) {
        this.#failing = error.category === 'unavailable'
        this.#monitor.trouble(error.code, error.message)
      }
      throw error
    }
  }
}
