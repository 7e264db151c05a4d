import { createHash } from 'node:crypto'
import { idEpochMs } from '@samband/store'

export type PopulationSize = {
  readonly patients: number
  /** At least as many as patients. */
  readonly encounters: number
  readonly observations: number
  readonly conditions: number
  readonly medicationRequests: number
  readonly diagnosticReports: number
  /**
   * Absent: patients, codes and statuses are as unequal as in life; patient 0 has the most. A number: so many codes only, and
   * each patient has as many results of each.
   */
  readonly evenCodes?: number
}

/** So many resources in all, in a hospital's proportions. */
export function populationOf(resources: number): PopulationSize {
  const part = (share: number): number => Math.round(resources * share)
  return {
    patients: part(0.04),
    encounters: part(0.06),
    conditions: part(0.05),
    medicationRequests: part(0.06),
    diagnosticReports: part(0.03),
    observations: part(0.76),
  }
}

/** What lastUpdated lies between, the later the larger the number of a resource. */
export const populationStartMs: number = Date.UTC(2024, 0, 1)
export const populationEndMs: number = Date.UTC(2026, 0, 1)

/** Ids are known without asking: of patient 7, say. */
export function populationId(type: string, number: number): string {
  const hex = createHash('md5').update(`${type}/${number}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A resource's number for the one that was made at that time; `kind` (0..31) tells types apart. */
export function populationRid(atMs: number, kind = 0): number {
  return (atMs - idEpochMs) * 4096 + kind * 128
}
