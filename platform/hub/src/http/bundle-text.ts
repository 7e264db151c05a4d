import type { JsonObject } from '@samband/fhir/fhirpath'
import { formatJson } from '@samband/fhir'
import type { HubContext } from '../hub-context.ts'
import type { GeneralParameters } from './general-parameters.ts'
import { subsetText } from './subset-text.ts'

export type BundleLink = { readonly relation: 'self' | 'first' | 'previous' | 'next' | 'last'; readonly url: string }

export type BundleEntryText = {
  readonly fullUrl?: string
  /** JSON, as it is stored. */
  readonly resource?: string
  readonly search?: { readonly mode: 'match' | 'include' | 'outcome' }
  readonly request?: { readonly method: string; readonly url: string }
  readonly response?: JsonObject
}

export type BundleParts = {
  readonly type: 'searchset' | 'history'
  readonly id: string
  readonly total?: number | undefined
  readonly links: readonly BundleLink[]
  readonly entries: readonly BundleEntryText[]
}

/**
 * A Bundle as JSON around resources that are JSON already: nothing of them is parsed, unless only a part of them is wanted.
 * Measured with 20 Observations of 1.3 kB (Node 24, a busy machine): 30 to 50 µs, against 350 to 410 µs by parsing and
 * writing them.
 */
export function bundleText(context: HubContext, parts: BundleParts, general: GeneralParameters): string {
  const { type, id, total, links, entries } = parts
  const lastUpdated = new Date(context.now()).toISOString()
  const head = JSON.stringify({
    resourceType: 'Bundle',
    id,
    meta: { lastUpdated },
    type,
    ...(total === undefined ? {} : { total }),
    link: links,
  })
  if (entries.length === 0) return head
  let text = `${head.slice(0, -1)},"entry":[`
  let separator = ''
  for (const entry of entries) {
    text += separator + entryText(context, entry, general)
    separator = ','
  }
  return `${text}]}`
}

function entryText(context: HubContext, entry: BundleEntryText, general: GeneralParameters): string {
  const { fullUrl, resource, search, request, response } = entry
  const members: string[] = []
  if (fullUrl !== undefined) members.push(`"fullUrl":${JSON.stringify(fullUrl)}`)
  if (resource !== undefined) members.push(`"resource":${subsetText(context, resource, general)}`)
  if (search !== undefined) members.push(`"search":{"mode":"${search.mode}"}`)
  if (request !== undefined) members.push(`"request":${JSON.stringify(request)}`)
  if (response !== undefined) members.push(`"response":${formatJson(response)}`)
  return `{${members.join(',')}}`
}
