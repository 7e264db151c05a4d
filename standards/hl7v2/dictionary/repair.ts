import type { Hl7Version } from '../src/dictionary/version-id.ts'
import type { Models, VersionModel } from './version-model.ts'

/** One deviation of the dictionary from its sources. */
export interface Repair {
  /** Kebab-case, for the test and the ADR to refer to. */
  readonly id: string
  readonly versions: readonly Hl7Version[] | 'all'
  /** What is wrong in the source, and what the standard has instead. */
  readonly reason: string
  /** Where the right fact stands. */
  readonly source: string
  /** Changes the model; gives how many entries it changed. */
  readonly apply: (model: VersionModel, models: Models) => number
}
