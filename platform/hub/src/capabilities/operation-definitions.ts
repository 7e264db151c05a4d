import type { OperationDefinition } from '@samband/fhir/definitions'
import type { JsonObject } from '@samband/fhir/fhirpath'

/** Of these operations those at a type or at the system: name and definition. */
export function operationsAt(
  definitions: readonly OperationDefinition[],
  type: string | undefined,
): readonly JsonObject[] {
  return definitions
    .filter(definition => isAt(definition, type))
    .map(({ code, url }) => ({ name: code, definition: url }))
}

function isAt({ system, resource = [] }: OperationDefinition, type: string | undefined): boolean {
  if (type === undefined) return system
  return resource.includes(type) || resource.includes('Resource')
}
