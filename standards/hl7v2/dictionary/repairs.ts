import { completions } from './completions.ts'
import { elementRepairs } from './element-repairs.ts'
import type { Repair } from './repair.ts'
import { structureRepairs } from './structure-repairs.ts'

/**
 * Every deviation of the dictionary from its sources, in the order in which they are applied; docs/adr/0014 tells how they were found.
 * "Voted" means: of the source, hl7apy and the nHapi model (looked at, not copied) two agree, and the neighbouring versions with them.
 */
export const repairs: readonly Repair[] = [...elementRepairs, ...structureRepairs, ...completions]
