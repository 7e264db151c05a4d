import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { assertAccess } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import type { OperationAnswer, OperationCall, OperationHandler } from '../http/operation-answers.ts'
import { parseStored } from '../http/subset-text.ts'
import { applySteps } from '../interactions/apply-steps.ts'
import { checkResource } from '../interactions/check-resource.ts'
import { PreparedResource } from '../interactions/prepared-resource.ts'
import { type MetaSets, metaParameters, setsOf, withAdded, withRemoved } from './meta-value.ts'
import { readInput, refuseGet, refuseLevel, refuseParameter } from './operation-input.ts'

/**
 * `$meta-add` and `$meta-delete` (FHIR R4 resource-operation-meta-add, -delete): sets are joined, or taken away, under the
 * lock of the row. A change makes a new version, as an update does: followers of the feed, subscriptions, entity tags and
 * the history see it, and a security label that appears or goes is accounted for. Where nothing changes there is none.
 * What comes out is validated, also against a profile that is added. Past versions are not changed.
 *
 * @throws HubError 400, 403, 404, 405 (GET), 410, 422
 */
export const metaAdd: OperationHandler = async (context, call) => await changeMeta(context, call, withAdded)
export const metaDelete: OperationHandler = async (context, call) => await changeMeta(context, call, withRemoved)

async function changeMeta(
  context: HubContext,
  call: OperationCall,
  change: (meta: JsonObject, sets: MetaSets) => JsonObject,
): Promise<OperationAnswer> {
  refuseGet(call)
  const { caller, type, id } = call
  if (type === undefined || id === undefined) refuseLevel('this operation is called at a resource')
  assertAccess(caller, 'update', type)
  const sets = wantedSets(call)
  const outcome = await context.store.transaction(async transaction => {
    const [first] = await applySteps(context, transaction, caller, [
      {
        kind: 'patch',
        name: { type, id },
        apply: resource => {
          const meta = isJsonObject(resource['meta']) ? resource['meta'] : {}
          const changed = { ...resource, meta: change(meta, sets) }
          const warnings = checkResource(context, type, changed)
          return { prepared: new PreparedResource(context, { type, id }, changed), warnings }
        },
      },
    ])
    return first
  })
  const content = outcome?.stored?.content
  if (outcome === undefined || content === undefined) throw new Error('a changed resource has content')
  const meta = parseStored(content)['meta']
  return {
    resource: metaParameters(isJsonObject(meta) ? meta : {}),
    resources: [{ type, id, ...(outcome.changed ? { method: 'update' as const } : {}) }],
  }
}

/** @throws HubError 400 */
function wantedSets(call: OperationCall): MetaSets {
  const meta = readInput(call, { values: [], objects: ['meta'] }).object('meta')
  if (meta === undefined) refuseParameter('meta', 'the operation needs a parameter meta with a valueMeta')
  const { profile, security, tag, ...others } = meta
  const [other] = Object.keys(others)
  if (other !== undefined) refuseParameter('meta', 'it has profile, security and tag only')
  const sets = setsOf(meta)
  const given = [profile, security, tag].flatMap(list =>
    Array.isArray(list) ? list.length : list === undefined ? 0 : -1,
  )
  if (given.includes(-1) || sets.profile.length + sets.security.length + sets.tag.length !== sum(given)) {
    refuseParameter('meta', 'profile is a list of canonicals, security and tag are lists of Codings')
  }
  if ([...sets.security, ...sets.tag].some(label => typeof label['code'] !== 'string')) {
    refuseParameter('meta', 'a label has a code')
  }
  return sets
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
