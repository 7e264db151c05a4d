import { isJsonObject } from '@samband/fhir/fhirpath'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import type { OperationAnswer, OperationCall, OperationHandler } from '../http/operation-answers.ts'
import { parseStored } from '../http/subset-text.ts'
import { readResource, readVersion } from '../interactions/read.ts'
import { metaParameters, replaced } from './meta-value.ts'
import { collectSets } from './meta-summary.ts'
import { readInput } from './operation-input.ts'

/**
 * `$meta` (FHIR R4 resource-operation-meta): of a resource, or of a version of it, its meta; of a type or the system the profiles, tags and security
 * labels that are in use, as far as the caller sees the resources that have them.
 */
export const meta: OperationHandler = async (context, call) => {
  readInput(call, { values: [] })
  const { caller, type, id, signal } = call
  if (type !== undefined && id !== undefined) return await metaOf(context, call, { type, id })
  if (type !== undefined) assertAccess(caller, 'read', type)
  const types = type === undefined ? [...context.resourceTypes] : [type]
  const sets = await collectSets(context, { caller, types, ...(signal === undefined ? {} : { signal }) })
  return { resource: metaParameters(replaced({}, sets)), resources: [] }
}

async function metaOf(
  context: HubContext,
  { caller, versionId }: OperationCall,
  name: { readonly type: string; readonly id: string },
): Promise<OperationAnswer> {
  const { content } =
    versionId === undefined
      ? await readResource(context, { caller, ...name })
      : await readVersion(context, { caller, ...name, versionId })
  const own = parseStored(content)['meta']
  return { resource: metaParameters(isJsonObject(own) ? own : {}), resources: [name] }
}
