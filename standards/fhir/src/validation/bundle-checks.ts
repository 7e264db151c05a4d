import { isNode, type JsonNode, listOf, textAt } from './json-node.ts'
import type { Run } from './run.ts'

const ABSOLUTE = /^[a-z][a-z\d+.-]*:/i
const RESTFUL = /^https?:\/\/.*\/([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})$/

/** What the page of Bundle says in words, and no rule in FHIRPath says (FHIR R4 bundle.html). */
export function checkBundle(run: Run, bundle: JsonNode): void {
  checkLinks(run, bundle)
  listOf(bundle['entry']).forEach((entry, index) => {
    if (isNode(entry)) checkFullUrl(run, entry, index)
  })
}

/** IANA's relations each lead to one place: there is one `self`, one `next`. */
function checkLinks(run: Run, bundle: JsonNode): void {
  const relations = new Set<unknown>()
  listOf(bundle['link']).forEach((link, index) => {
    const relation = isNode(link) ? link['relation'] : undefined
    if (relation !== undefined && relations.has(relation)) {
      run.error('bundle-link-repeated', 'Another link has the same relation', `link[${index}].relation`)
    }
    relations.add(relation)
  })
}

/** FHIR R4 bundle.html#Bundle.entry.fullUrl: absolute, and it does not disagree with the resource's type and id. */
function checkFullUrl(run: Run, entry: JsonNode, index: number): void {
  const fullUrl = textAt(entry, 'fullUrl')
  if (fullUrl === undefined) return
  const place = `entry[${index}].fullUrl`
  if (!ABSOLUTE.test(fullUrl)) {
    run.error('full-url-invalid', 'The fullUrl of an entry is absolute', place)
    return
  }
  const { resource } = entry
  const [, type, id] = RESTFUL.exec(fullUrl) ?? []
  if (type === undefined || !isNode(resource) || !run.kit.shapes.isResourceType(type)) return
  const own = textAt(resource, 'id')
  const isOther = textAt(resource, 'resourceType') !== type || (own !== undefined && own !== id)
  // It must not, says the page; published examples do, and nothing that is read from them is wrong.
  if (isOther) {
    const text = 'The fullUrl names another type or id than the resource has'
    run.add('warning', 'full-url-invalid', text, { member: place })
  }
}
