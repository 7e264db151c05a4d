import type { Outgoing, Reply, Settlement } from '@samband/engine'

/** The platform's FHIR server, as far as routes reach it. The app fits @samband/hub to it. */
export type HubPort = {
  /** 'http://127.0.0.1:7600/fhir' */
  readonly address: string
  /**
   * Carries out a transaction Bundle (JSON) and settles the delivery in one transaction of the database. Throws
   * SambandError: `busy` and `unavailable` pass; anything else is the content's fault and carries the OperationOutcome as
   * its `reply`.
   */
  readonly transaction: (outgoing: Pick<Outgoing, 'bytes'>, settlement: Settlement) => Promise<Reply>
}
