import type { RouteDefinition } from '@samband/route'
import charges from '../routes/charges.ts'
import dispenses from '../routes/dispenses.ts'
import ehrEvents from '../routes/ehr-events.ts'
import labResults from '../routes/lab-results.ts'
import radiologyReports from '../routes/radiology-reports.ts'
import type { Capabilities } from './capabilities.ts'

/** All routes of the hospital, for tests that run them without loading the folder. */
export const routes: readonly RouteDefinition<Capabilities>[] = [
  ehrEvents,
  labResults,
  radiologyReports,
  dispenses,
  charges,
]
