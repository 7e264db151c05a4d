import { Dictionary } from './dictionary.ts'
import { DictionaryError } from './dictionary-error.ts'
import type { EntryIndex } from './entry-index.ts'
import { indexEntries } from './entry-index.ts'
import type { VersionData } from './version-data.ts'
import type { VersionExtension } from './version-extension.ts'
import { localEntries } from './version-extension.ts'
import type { Hl7Version } from './version-id.ts'
import { nearestVersion } from './version-id.ts'

/** Literal imports, so that bundlers see them. */
const SOURCES: { readonly [version in Hl7Version]: () => Promise<{ readonly data: VersionData }> } = {
  '2.1': () => import('../generated/data/v2.1.ts'),
  '2.2': () => import('../generated/data/v2.2.ts'),
  '2.3': () => import('../generated/data/v2.3.ts'),
  '2.3.1': () => import('../generated/data/v2.3.1.ts'),
  '2.4': () => import('../generated/data/v2.4.ts'),
  '2.5': () => import('../generated/data/v2.5.ts'),
  '2.5.1': () => import('../generated/data/v2.5.1.ts'),
  '2.6': () => import('../generated/data/v2.6.ts'),
  '2.7': () => import('../generated/data/v2.7.ts'),
  '2.7.1': () => import('../generated/data/v2.7.1.ts'),
  '2.8': () => import('../generated/data/v2.8.ts'),
  '2.8.1': () => import('../generated/data/v2.8.1.ts'),
  '2.8.2': () => import('../generated/data/v2.8.2.ts'),
  '2.9': () => import('../generated/data/v2.9.ts'),
}

/** What never changes may be shared by all who load it. */
const entries = new Map<Hl7Version, Promise<EntryIndex>>()
const dictionaries = new Map<Hl7Version, Dictionary>()
const extended = new WeakMap<VersionExtension, Dictionary>()

/**
 * Loads a version of the standard, or one that a site extended. Costs a few milliseconds the first time. A version that the dictionary
 * does not have is read as the nearest one, as MSH-12 says what it likes: see `nearestVersion`.
 */
export async function loadDictionary(version: string | VersionExtension): Promise<Dictionary> {
  const standard = await loadStandard(nearestVersion(typeof version === 'string' ? version : version.version))
  return typeof version === 'string' ? standard : extend(standard, version)
}

/** A dictionary that was loaded already. Throws `DictionaryError` `dictionary-not-loaded` where it was not. */
export function loadedDictionary(version: string | VersionExtension): Dictionary {
  const id = nearestVersion(typeof version === 'string' ? version : version.version)
  const standard = dictionaries.get(id)
  if (standard === undefined) {
    throw new DictionaryError('dictionary-not-loaded', `HL7 v${id} is not loaded: await loadDictionary('${id}') first`)
  }
  return typeof version === 'string' ? standard : extend(standard, version)
}

async function loadStandard(version: Hl7Version): Promise<Dictionary> {
  const known = dictionaries.get(version)
  if (known !== undefined) return known
  const dictionary = new Dictionary(version, await loadEntries(version))
  // Two loads at once make one dictionary.
  const first = dictionaries.get(version) ?? dictionary
  dictionaries.set(version, first)
  return first
}

function loadEntries(version: Hl7Version): Promise<EntryIndex> {
  const known = entries.get(version)
  if (known !== undefined) return known
  const loading = SOURCES[version]().then(async ({ data }) => {
    return indexEntries(data.text, data.base === undefined ? undefined : await loadEntries(data.base))
  })
  entries.set(version, loading)
  // A failed import (a network of a browser) may be tried again.
  loading.catch(() => entries.delete(version))
  return loading
}

function extend(standard: Dictionary, extension: VersionExtension): Dictionary {
  const known = extended.get(extension)
  if (known !== undefined) return known
  const dictionary = standard.with(localEntries(standard, extension))
  extended.set(extension, dictionary)
  return dictionary
}
