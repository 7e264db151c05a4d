import { assertAccess, isVisible } from '../access/visibility.ts'
import type { Caller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { goneResource, unknownResource } from '../http/refusal.ts'
import type { StoredVersion } from '../storage/stored.ts'

export type ReadRequest = { readonly caller: Caller; readonly type: string; readonly id: string }

export type VersionReadRequest = ReadRequest & { readonly versionId: string }

/** A version that is no deletion. */
export type ReadableVersion = StoredVersion & { readonly content: string }

/**
 * The current version (FHIR R4 http.html#read).
 *
 * @throws HubError 404 where there is none that the caller may see, 410 after its deletion
 */
export async function readResource(context: HubContext, { caller, type, id }: ReadRequest): Promise<ReadableVersion> {
  assertAccess(caller, 'read', type)
  const found = await context.store.read(type, id)
  if (found === undefined) throw unknownResource(type)
  return readable(context, caller, found)
}

/**
 * A version, current or past (FHIR R4 http.html#vread). A past version is for those who may see the current one as well:
 * what was put right is not found by going back.
 *
 * @throws HubError 404 where there is none that the caller may see, 410 where that version is a deletion
 */
export async function readVersion(
  context: HubContext,
  { caller, type, id, versionId }: VersionReadRequest,
): Promise<ReadableVersion> {
  assertAccess(caller, 'read', type)
  if (!versionNumber.test(versionId)) throw unknownResource(type)
  const [found, current] = await Promise.all([
    context.store.readVersion(type, id, Number(versionId)),
    caller.access('read', type) === 'all' ? undefined : context.store.read(type, id),
  ])
  if (found === undefined) throw unknownResource(type)
  if (current?.content !== undefined && !isVisible(context, caller, 'read', current)) throw unknownResource(type)
  return readable(context, caller, found)
}

/** Versions are counted from 1. */
const versionNumber = /^[1-9]\d{0,8}$/

function readable(context: HubContext, caller: Caller, found: StoredVersion): ReadableVersion {
  if (!isVisible(context, caller, 'read', found)) throw unknownResource(found.type)
  const { content } = found
  if (content === undefined) throw goneResource(found.type, found.version)
  return { ...found, content }
}
