import { isJsonObject, type JsonObject, parseReference } from '@samband/fhir/fhirpath'
import type { ResourceName } from './stored.ts'

/**
 * Whose a Binary is: it names a resource by whose rules it is to be treated (FHIR R4 binary-definitions.html,
 * securityContext), which no search parameter tells. Relative references only.
 */
export function securityContextOf(resource: JsonObject): ResourceName | undefined {
  if (resource['resourceType'] !== 'Binary') return undefined
  const context = resource['securityContext']
  const written = isJsonObject(context) ? context['reference'] : undefined
  if (typeof written !== 'string') return undefined
  const { base, type, id } = parseReference(written)
  return base === undefined && type !== undefined && id !== undefined ? { type, id } : undefined
}
