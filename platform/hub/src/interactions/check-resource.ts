import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import { HubError, type HubIssue, hubIssues } from '../hub-error.ts'

/** FHIR R4 datatypes.html#id. */
const idForm = /^[A-Za-z0-9\-.]{1,64}$/

export function isId(id: unknown): id is string {
  return typeof id === 'string' && idForm.test(id)
}

/**
 * What the validator says that is no error.
 *
 * @throws HubError 400: no resource of the type; 422: with all errors, up to `issuesMax`
 */
export function checkResource(context: HubContext, type: string, resource: unknown): readonly HubIssue[] {
  assertType(type, resource)
  const found = context.validator.validate(resource, { type })
  const isSound = !found.some(({ severity }) => severity === 'error' || severity === 'fatal')
  // The hub's own checks read what they are given as the type that it is.
  const own = isSound ? (context.resourceChecks.get(type)?.(resource) ?? []) : []
  if (found.length === 0 && own.length === 0) return []
  const issues = [...hubIssues(found.slice(0, context.limits.issuesMax * 2)), ...own]
  const errors = issues.filter(({ severity }) => severity === 'error' || severity === 'fatal')
  if (errors.length === 0) return issues.slice(0, context.limits.issuesMax)
  throw new HubError({
    code: 'resource-invalid',
    category: 'incorrect',
    status: 422,
    message: `the ${type} breaks ${errors.length} rules`,
    issues: [...errors, ...issues.filter(issue => !errors.includes(issue))].slice(0, context.limits.issuesMax),
  })
}

/** @throws HubError 400 */
export function assertType(type: string, resource: unknown): asserts resource is JsonObject {
  const own = isJsonObject(resource) ? resource['resourceType'] : undefined
  if (own === type) return
  throw new HubError({
    code: own === undefined ? 'resource-expected' : 'resource-type-wrong',
    category: 'incorrect',
    message: `the body of this interaction is a resource of the type ${type}`,
  })
}

/** A creation passes over the id of the body, whatever it is (FHIR R4 http.html#create). */
export function withoutId(resource: JsonObject): JsonObject {
  if (resource['id'] === undefined) return resource
  const { id: _id, ...rest } = resource
  return rest
}

/** @throws HubError 400: an update needs the id of its address in the body (FHIR R4 http.html#update) */
export function assertOwnId(id: string, resource: JsonObject): void {
  if (!isId(id)) {
    throw new HubError({
      code: 'id-invalid',
      category: 'incorrect',
      message: 'an id has 1 to 64 of the characters A-Z, a-z, 0-9, - and .',
    })
  }
  if (resource['id'] === id) return
  const isAbsent = resource['id'] === undefined
  const message = isAbsent
    ? 'the resource of an update has the id of its address, and this has none'
    : 'the resource has another id than the address of the update'
  const expression = `${String(resource['resourceType'])}.id`
  throw new HubError({
    code: isAbsent ? 'id-missing' : 'id-differs',
    category: 'incorrect',
    message,
    issues: [
      { severity: 'error', type: 'invalid', code: isAbsent ? 'id-missing' : 'id-differs', text: message, expression },
    ],
  })
}
