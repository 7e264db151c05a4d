import { createHash } from 'node:crypto'
import type { SearchParameter } from '@samband/fhir/definitions'
import { isJsonObject } from '@samband/fhir/fhirpath'
import { SearchParameters } from '@samband/fhir/search'
import type { HubLog } from '../ports.ts'
import { checkSearchParameter } from '../reindex/check-search-parameter.ts'
import type { ReindexLimits } from '../reindex/limits.ts'
import { OwnParameters, type OwnParametersOptions } from '../reindex/own-parameters.ts'
import { parameterName } from '../reindex/parameter-state.ts'
import { indexingOf, type OwnParameter, typesOf } from '../reindex/search-parameter.ts'
import { answeredByColumns } from '../storage/index-rows.ts'
import type { LoadedPackage } from './read-packages.ts'

type GivenParameter = {
  readonly file: string
  readonly url: string
  readonly resource: Readonly<Record<string, unknown>>
}

/**
 * The search parameters that packages bring beside the standard's, in the order of the packages: of two for one code of a
 * type the later one counts. What the hub cannot index by is told to the log and left out.
 */
export function packageParameters(
  packages: readonly LoadedPackage[],
  options: OwnParametersOptions & { readonly limits: ReindexLimits; readonly log: HubLog },
): readonly SearchParameter[] {
  const { standard, limits, log } = options
  const ofStandard = new Set(standard.map(({ url }) => url))
  const given: readonly GivenParameter[] = packages.flatMap(({ file, guide }) =>
    guide.resources('SearchParameter').flatMap(resource => {
      const { url, code, status } = resource
      if (typeof url !== 'string' || ofStandard.has(url) || status === 'retired') return []
      if (typeof code === 'string' && answeredByColumns.has(code)) return []
      // Many guides are drafts for ever; whoever loads one wants what it says.
      return [{ file, url, resource: { ...resource, status: 'active' } }]
    }),
  )
  if (given.length === 0) return []
  const registry = new OwnParameters(options)
  const found = new Map<string, OwnParameter>()
  const take = ({ file, url, resource }: GivenParameter): void => {
    const reason = isShaped(resource) ? checkSearchParameter(registry, limits, resource)[0]?.text : 'it is malformed'
    if (reason !== undefined) {
      log.warn('hub-package-parameter-unusable', { file, parameter: url, reason })
      return
    }
    found.set(url, { id: url, definition: resource as unknown as SearchParameter })
  }
  for (const each of given) if (each.resource['type'] !== 'composite') take(each)
  registry.replace(new Map(found))
  for (const each of given) if (each.resource['type'] === 'composite') take(each)
  const order = new Map(given.map(({ url }, index) => [url, index]))
  return [...found.values()]
    .toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
    .map(({ definition }) => definition)
}

/** What a stored SearchParameter has been validated for, as far as it is worked with. */
function isShaped(resource: Readonly<Record<string, unknown>>): boolean {
  const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
  const isTexts = (value: unknown): boolean =>
    value === undefined || (Array.isArray(value) && value.every(each => typeof each === 'string'))
  const { base, target, type, expression, derivedFrom, xpathUsage, component = [] } = resource
  return (
    [type, expression, derivedFrom, xpathUsage].every(isText) &&
    [base, target].every(isTexts) &&
    Array.isArray(component) &&
    component.every(
      each => isJsonObject(each) && typeof each['definition'] === 'string' && typeof each['expression'] === 'string',
    )
  )
}

/** What is indexed in another way than by the standard alone: `Type.code`, and a digest of how. */
export type PackageIndexing = Readonly<Record<string, string>>

export function packageIndexing(
  added: readonly SearchParameter[],
  standard: readonly SearchParameter[],
  resourceTypes: ReadonlySet<string>,
): PackageIndexing {
  const before = new SearchParameters(standard, resourceTypes)
  const after = new SearchParameters([...standard, ...added], resourceTypes)
  const changed = new Map<string, string>()
  for (const definition of added) {
    for (const type of typesOf(definition, resourceTypes)) {
      const [old, now] = [before.find(type, definition.code), after.find(type, definition.code)]
      if (now === undefined) continue
      const indexing = indexingOf(now, type)
      if (old !== undefined && indexingOf(old, type) === indexing) continue
      const digest = createHash('sha256').update(indexing).digest('base64url').slice(0, 16)
      changed.set(parameterName(type, definition.code), digest)
    }
  }
  return Object.fromEntries([...changed].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
