import type { OperationHandler } from '../http/operation-answers.ts'
import { everything } from './everything.ts'
import { lastn } from './lastn.ts'
import { meta } from './meta.ts'
import { metaAdd, metaDelete } from './meta-change.ts'
import { validate } from './validate.ts'

/** Operations of the hub by their names, without `$`: what the dispatcher calls. */
export const operations: ReadonlyMap<string, OperationHandler> = new Map([
  ['validate', validate],
  ['meta', meta],
  ['meta-add', metaAdd],
  ['meta-delete', metaDelete],
  ['everything', everything],
  ['lastn', lastn],
])

/**
 * Operations of the standard that share a name with one of these and are not here. Their definitions stand in the way of a
 * CapabilityStatement that goes by names.
 */
export const absentNamesakes: ReadonlySet<string> = new Set([
  'http://hl7.org/fhir/OperationDefinition/Group-everything',
  'http://hl7.org/fhir/OperationDefinition/MedicinalProduct-everything',
])
