import { labCodes, type LabCode } from './lab-codes.ts'
import { included, type Tariff, tariffs } from './tariffs.ts'

/**
 * The hospital's code directory, as routes see it: something outside of the route that must be asked. Here it answers
 * from memory; at a real hospital it is a terminology server or a table that others maintain. Answers are plain data,
 * so that a replay can use what was answered the first time.
 */
export type Directory = {
  /** The common code, unit and factor for each local analysis code; null for a code that nobody has mapped. */
  readonly lookupAnalyses: (localCodes: readonly string[]) => Promise<Readonly<Record<string, LabCode | null>>>
  /** What a service costs; nothing when it is included in the stay. */
  readonly lookupTariff: (service: string) => Promise<Tariff>
}

/** Answers from the code lists in this folder. */
export function createDirectory(): Directory {
  return {
    lookupAnalyses: localCodes =>
      Promise.resolve(Object.fromEntries(localCodes.map(code => [code, labCodes[code] ?? null]))),
    lookupTariff: service => Promise.resolve(tariffs[service] ?? included),
  }
}
