import { formatJson, parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import type { HubContext } from '../hub-context.ts'
import type { GeneralParameters } from './general-parameters.ts'

/** A stored resource, whole or the part that `_summary` and `_elements` ask for. */
export function subsetText(context: HubContext, text: string, general: GeneralParameters): string {
  return isWhole(general) ? text : formatJson(subsetOf(context, parseStored(text), general))
}

export function isWhole({ summary, elements }: GeneralParameters): boolean {
  return (summary === undefined || summary === 'false') && elements.length === 0
}

export function subsetOf(
  context: Pick<HubContext, 'subsetter'>,
  resource: JsonObject,
  { summary, elements }: GeneralParameters,
): JsonObject {
  if (elements.length > 0) return context.subsetter.elements(resource, elements)
  return summary === undefined ? resource : context.subsetter.summary(resource, summary)
}

/** Stored content as an object, its decimals as they were written. It was read strictly before it was stored. */
export function parseStored(text: string): JsonObject {
  // What was within the limits when it came may stand in a Bundle now, which is larger and deeper.
  const read = parseJson(text, { bytesMax: Number.MAX_SAFE_INTEGER, depthMax: Number.MAX_SAFE_INTEGER })
  if (!read.ok || !isJsonObject(read.value)) throw new Error('stored content is no JSON object')
  return read.value
}
