import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'

/** Profiles, tags and security labels: the parts of meta that are sets (FHIR R4 resource.html#Meta). */
export type MetaSets = {
  readonly profile: readonly string[]
  readonly security: readonly JsonObject[]
  readonly tag: readonly JsonObject[]
}

export function setsOf(meta: unknown): MetaSets {
  const own = isJsonObject(meta) ? meta : {}
  const { profile, security, tag } = own
  return {
    profile: Array.isArray(profile) ? profile.filter(each => typeof each === 'string') : [],
    security: Array.isArray(security) ? security.filter(isJsonObject) : [],
    tag: Array.isArray(tag) ? tag.filter(isJsonObject) : [],
  }
}

/** A label is itself by system and code: version and display do not count (FHIR R4 resource-operation-meta-add). */
export function labelKey(coding: JsonObject): string {
  const { system, code } = coding
  return JSON.stringify([system ?? null, code ?? null])
}

export function withAdded(meta: JsonObject, added: MetaSets): JsonObject {
  const own = setsOf(meta)
  return replaced(meta, {
    profile: [...new Set([...own.profile, ...added.profile])],
    security: unionOf(own.security, added.security),
    tag: unionOf(own.tag, added.tag),
  })
}

export function withRemoved(meta: JsonObject, removed: MetaSets): JsonObject {
  const own = setsOf(meta)
  const profiles = new Set(removed.profile)
  return replaced(meta, {
    profile: own.profile.filter(each => !profiles.has(each)),
    security: without(own.security, removed.security),
    tag: without(own.tag, removed.tag),
  })
}

/** Sets that became empty are left out: FHIR has no empty lists. */
export function replaced(meta: JsonObject, { profile, security, tag }: MetaSets): JsonObject {
  const { profile: _profile, security: _security, tag: _tag, ...rest } = meta
  return {
    ...rest,
    ...(profile.length === 0 ? {} : { profile }),
    ...(security.length === 0 ? {} : { security }),
    ...(tag.length === 0 ? {} : { tag }),
  }
}

function unionOf(own: readonly JsonObject[], added: readonly JsonObject[]): readonly JsonObject[] {
  const known = new Map(own.map(label => [labelKey(label), label]))
  for (const label of added) if (!known.has(labelKey(label))) known.set(labelKey(label), label)
  return [...known.values()]
}

function without(own: readonly JsonObject[], removed: readonly JsonObject[]): readonly JsonObject[] {
  const keys = new Set(removed.map(labelKey))
  return own.filter(label => !keys.has(labelKey(label)))
}

/** The answer of all operations on meta. */
export function metaParameters(meta: JsonObject): JsonObject {
  return { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta: meta }] }
}
