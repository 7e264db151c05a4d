import { isNode, type JsonNode, listOf, textAt } from '../validation/json-node.ts'

/** The codes of a CodeSystem, each with the codes above it. */
export interface ListedSystem {
  readonly url: string
  /** Whether these are all its codes (`content`: complete). */
  readonly isComplete: boolean
  readonly isCaseSensitive: boolean
  /** Every code, parents before children, with the codes above it. */
  readonly ancestors: ReadonlyMap<string, readonly string[]>
}

/** How deep a hierarchy of concepts may go: deeper ones are cut there. */
const DEPTH_MAX = 100

/** The codes of a CodeSystem as it lists them (FHIR R4 codesystem.html); nothing where it has no address. */
export function listedSystem(resource: JsonNode): ListedSystem | undefined {
  const url = textAt(resource, 'url')
  if (url === undefined) return undefined
  const ancestors = new Map<string, readonly string[]>()
  const visit = (concept: JsonNode, above: readonly string[]): void => {
    const code = textAt(concept, 'code')
    if (code === undefined || above.length >= DEPTH_MAX) return
    ancestors.set(code, above)
    for (const child of listOf(concept['concept']).filter(isNode)) visit(child, [...above, code])
  }
  for (const concept of listOf(resource['concept']).filter(isNode)) visit(concept, [])
  return {
    url,
    isComplete: resource['content'] === 'complete',
    isCaseSensitive: resource['caseSensitive'] !== false,
    ancestors,
  }
}
