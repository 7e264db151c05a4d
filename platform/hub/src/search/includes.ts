import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Include, ReferenceValue, ResultOptions, SearchIndex } from '@samband/fhir/search'
import type { AccessKind } from '../access/caller.ts'
import type { HubIssue } from '../hub-error.ts'
import type { Key } from '../storage/keys.ts'
import type { StoredResource } from '../storage/stored.ts'
import { and, anyToken, type Condition } from './condition.ts'
import { fetchMatches } from './fetch-matches.ts'
import type { SearchScope } from './scope.ts'
import { typesWithRows } from './types-with-rows.ts'
import { pageVisibility } from './visibility-criteria.ts'

export type Included = { readonly included: readonly StoredResource[]; readonly issues: readonly HubIssue[] }

const nothing: Included = { included: [], issues: [] }

/**
 * What `_include` and `_revinclude` add to a page, each resource once and none that is a match, bounded in number and in
 * rounds of `:iterate`. An issue says where it was cut. What the caller may not read is not included.
 */
export async function fetchIncludes(
  scope: SearchScope,
  { include, revinclude }: ResultOptions,
  matches: readonly StoredResource[],
): Promise<Included> {
  if (matches.length === 0 || (include.length === 0 && revinclude.length === 0)) return nothing
  return await new IncludeCollector(scope, matches).collect(include, revinclude)
}

class IncludeCollector {
  readonly #scope: SearchScope
  readonly #seen: Set<string>
  readonly #found: StoredResource[] = []
  readonly #matches: readonly StoredResource[]
  #isCut = false

  constructor(scope: SearchScope, matches: readonly StoredResource[]) {
    this.#scope = scope
    this.#matches = matches
    this.#seen = new Set(matches.map(({ type, id }) => `${type}/${id}`))
  }

  async collect(include: readonly Include[], revinclude: readonly Include[]): Promise<Included> {
    const { includeRoundsMax } = this.#scope.context.limits
    let sources = this.#matches
    for (let round = 0; round <= includeRoundsMax && sources.length > 0 && !this.#isCut; round += 1) {
      const before = this.#found.length
      const asked = (each: Include): boolean => round === 0 || each.iterate
      if (round === includeRoundsMax && [...include, ...revinclude].some(asked)) this.#isCut = true
      else {
        await this.#addTargets(include.filter(asked), sources)
        for (const each of revinclude.filter(asked)) await this.#addReferrers(each, sources)
      }
      sources = this.#found.slice(before)
    }
    return { included: this.#found, issues: this.#isCut ? [this.#cutIssue()] : [] }
  }

  #cutIssue(): HubIssue {
    const { includesMax, includeRoundsMax } = this.#scope.context.limits
    return {
      severity: 'warning',
      type: 'incomplete',
      code: 'includes-cut',
      text: `A page includes at most ${includesMax} resources, found in at most ${includeRoundsMax} rounds: there is more that could be included`,
    }
  }

  async #addTargets(includes: readonly Include[], sources: readonly StoredResource[]): Promise<void> {
    if (includes.length === 0) return
    const ids = new Map<string, Set<string>>()
    const urls = new Map<string, Map<Key, string | undefined>>()
    for (const source of sources) {
      const asked = includes.filter(({ sourceType }) => sourceType === '*' || sourceType === source.type)
      if (asked.length === 0) continue
      const index = this.#indexOf(source)
      for (const each of asked) this.#collectTargets(each, index, ids, urls)
    }
    for (const [type, names] of ids) await this.#add(type, { kind: 'ids', ids: [...names] }, 'read')
    for (const [type, keys] of urls) {
      const versions = [...keys.values()].filter(version => version !== undefined)
      const wanted = versions.length === keys.size ? new Set(versions) : undefined
      await this.#add(type, anyToken([...keys.keys()]), 'read', resource => isVersion(resource, wanted))
    }
  }

  #indexOf({ content }: StoredResource): SearchIndex {
    // What was stored was read strictly.
    return this.#scope.context.extractor().extract(JSON.parse(content ?? '{}') as JsonObject).index
  }

  #collectTargets(
    { code, targetType }: Include,
    index: SearchIndex,
    ids: Map<string, Set<string>>,
    urls: Map<string, Map<Key, string | undefined>>,
  ): void {
    for (const [own, values] of index.values) {
      if (code !== '*' && code !== own) continue
      for (const value of values) {
        if (value.type !== 'reference') continue
        if (value.url !== undefined) this.#collectCanonical(index.resourceType, own, value, targetType, urls)
        else if (value.targetId !== undefined && value.targetType !== undefined) {
          if (targetType !== undefined && targetType !== value.targetType) continue
          if (!this.#scope.context.resourceTypes.has(value.targetType)) continue
          if (this.#seen.has(`${value.targetType}/${value.targetId}`)) continue
          ids.set(value.targetType, (ids.get(value.targetType) ?? new Set()).add(value.targetId))
        }
      }
    }
  }

  /** A canonical leads to the resources of its target types that have it as their `url`. */
  #collectCanonical(
    type: string,
    code: string,
    { url = '', version }: ReferenceValue,
    targetType: string | undefined,
    urls: Map<string, Map<Key, string | undefined>>,
  ): void {
    const { context } = this.#scope
    const parameters = context.searchParameters()
    const parameter = parameters.find(type, code)
    for (const target of parameter === undefined ? [] : parameters.targetsOf(parameter)) {
      if (targetType !== undefined && targetType !== target) continue
      if (parameters.find(target, 'url')?.type !== 'uri') continue
      urls.set(target, (urls.get(target) ?? new Map()).set(context.store.keys.uri(target, 'url', url), version))
    }
  }

  async #addReferrers(include: Include, sources: readonly StoredResource[]): Promise<void> {
    const { sourceType, code, targetType } = include
    const { keys } = this.#scope.context.store
    const targets = sources
      .filter(({ type }) => targetType === undefined || targetType === type)
      .map(({ type, id }) => keys.resource(type, id))
    if (targets.length === 0) return
    const types = sourceType === '*' ? await typesWithRows(this.#scope) : [sourceType]
    for (const type of types) {
      const codes = code === '*' ? this.#referenceCodes(type) : [code]
      const tokens = codes.flatMap(each => targets.map(target => keys.reference(type, each, target)))
      await this.#add(type, anyToken(tokens), 'search')
    }
  }

  #referenceCodes(type: string): readonly string[] {
    const parameters = this.#scope.context.searchParameters().forType(type)
    return [...parameters.values()].filter(each => each.type === 'reference').map(({ code }) => code)
  }

  async #add(
    type: string,
    condition: Condition,
    kind: AccessKind,
    isWanted: (resource: StoredResource) => boolean = () => true,
  ): Promise<void> {
    const left = this.#scope.context.limits.includesMax - this.#found.length
    if (this.#isCut || condition.kind === 'never') return
    const visible = await pageVisibility(this.#scope, kind, type)
    const matches = await fetchMatches(
      this.#scope,
      { type, condition: and([condition, visible.condition]), compared: [], see: visible.see },
      // Some of them may be there already.
      { order: { keys: [], descending: false }, backward: false, limit: left + this.#seen.size + 1 },
    )
    for (const { resource } of matches) {
      const name = `${type}/${resource.id}`
      if (this.#seen.has(name) || !isWanted(resource)) continue
      if (this.#found.length >= this.#scope.context.limits.includesMax) {
        this.#isCut = true
        return
      }
      this.#seen.add(name)
      this.#found.push(resource)
    }
  }
}

/** Where each canonical names a version, only those are meant. */
function isVersion({ content }: StoredResource, wanted: ReadonlySet<string> | undefined): boolean {
  if (wanted === undefined) return true
  const { version } = JSON.parse(content ?? '{}') as JsonObject
  return typeof version === 'string' && wanted.has(version)
}
