import type { Hl7Version } from './version-id.ts'

/** What a generated module holds: a version's entries as text, without those that it shares with its base. */
export interface VersionData {
  readonly base: Hl7Version | undefined
  readonly text: string
}
