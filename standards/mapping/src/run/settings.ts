import type { ConceptTable } from '../maps/map-row.ts'

/** What a deployment knows and a message does not say. Everything has a default; equal settings and messages give equal Bundles. */
export interface MappingSettings {
  /**
   * Where identifiers without a namespace of their own belong, so that number 1 of one hospital is not number 1 of another. By default
   * the sending facility (MSH-4).
   */
  readonly scope?: string
  /** Systems of identifiers by HL7 namespace or universal id: `{ NHSNBR: 'https://fhir.nhs.uk/Id/nhs-number' }`. */
  readonly identifierSystems?: Readonly<Record<string, string>>
  /** Systems of codes by what senders write as name of a coding system: `{ L: 'https://lab.example/codes' }`. */
  readonly codeSystems?: Readonly<Record<string, string>>
  /** The deployment's own maps of local codes by name of the vocabulary (`AdministrativeSex`); asked before the guide's. */
  readonly concepts?: Readonly<Record<string, ConceptTable>>
  /**
   * The zone of times that have none, as `+01:00`, or a function of the local time (`2026-01-31T23:59:00`). By default the zone of
   * MSH-7, else UTC with an issue.
   */
  readonly zone?: string | ((localTime: string) => string)
  /** When the message came, ISO 8601 with a zone: for what needs a time where the message has none. By default MSH-7, else 1970. */
  readonly receivedAt?: string
  /** Who maps, for Provenance. */
  readonly assembler?: string
  /** `conditional` (the default) updates what has an identifier with a system by that; `id` writes everything by its own id. */
  readonly identity?: 'conditional' | 'id'
  /** Whether the message itself is kept as a DocumentReference that Provenance leads to: its text in UTF-8. Default false. */
  readonly keepMessage?: boolean
  /** Whether MessageHeader and Provenance are made. Default true. */
  readonly provenance?: boolean
  /** Whether to report the fate of every field. Default false, as it costs time. */
  readonly explain?: boolean
}
