import type { DefinitionSource } from '../definitions/definition-source.ts'
import { splitCanonical, versionMatches } from '../definitions/definition-source.ts'
import type { StructureDefinition } from '../definitions/structure-definition.ts'
import type { Issue } from '../issue.ts'
import { parseJson } from '../json/parse-json.ts'
import { makeSnapshot } from './snapshot.ts'
import { readTar } from './tar.ts'

/** A resource of a package; what it is of is told by `resourceType`. */
export type PackageResource = { readonly resourceType: string; readonly [key: string]: unknown }

/** What `package/package.json` says (https://confluence.hl7.org/display/FHIR/NPM+Package+Specification). */
export interface PackageManifest {
  readonly name: string
  readonly version: string
  readonly canonical?: string
  readonly license?: string
  readonly fhirVersions: readonly string[]
  /** Versions of other packages by name. */
  readonly dependencies: Readonly<Record<string, string>>
}

export interface ReadPackageOptions {
  /** Unzips the archive, and should bound what comes out: `bytes => gunzipSync(bytes, { maxOutputLength: 512 * 1024 * 1024 })`. */
  readonly gunzip: (bytes: Uint8Array) => Uint8Array
  /** Largest file in it that is read, in bytes. */
  readonly fileBytesMax?: number
  /** Most files that are read. */
  readonly filesMax?: number
}

export type ReadPackageResult =
  | { readonly ok: true; readonly value: FhirPackage; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

const FILE_BYTES_MAX_DEFAULT = 64 * 1024 * 1024
const FILES_MAX_DEFAULT = 50_000

/**
 * A FHIR package: an implementation guide's profiles, extensions, value sets and so on, as they are published (`.tgz`). It answers for its
 * definitions like the standard does for its own; a snapshot that a definition lacks is made when the definition is first asked for.
 */
export class FhirPackage implements DefinitionSource {
  readonly manifest: PackageManifest
  readonly #byUrl: ReadonlyMap<string, PackageResource>
  readonly #resources: readonly PackageResource[]
  readonly #examples: readonly PackageResource[]
  readonly #completed = new Map<string, StructureDefinition>()
  #others: DefinitionSource | undefined

  constructor(
    manifest: PackageManifest,
    resources: readonly PackageResource[],
    examples: readonly PackageResource[] = [],
  ) {
    this.manifest = manifest
    this.#resources = resources
    this.#examples = examples
    const urls = resources.flatMap(resource =>
      typeof resource['url'] === 'string' ? [[resource['url'], resource] as const] : [],
    )
    this.#byUrl = new Map(urls)
  }

  /** Where definitions are found that its own are built on: the standard, and the packages that it depends on. */
  dependOn(others: DefinitionSource): this {
    this.#others = others
    return this
  }

  /** The definitions and other resources of the guide, without its examples. */
  resources(type?: string): readonly PackageResource[] {
    return type === undefined ? this.#resources : this.#resources.filter(({ resourceType }) => resourceType === type)
  }

  /** The instances that the guide gives as examples. */
  examples(): readonly PackageResource[] {
    return this.#examples
  }

  /** A resource by its canonical address. */
  canonical(canonical: string): PackageResource | undefined {
    const { url, version } = splitCanonical(canonical)
    const resource = this.#byUrl.get(url)
    const own = resource?.['version']
    return versionMatches(version, typeof own === 'string' ? own : undefined) ? resource : undefined
  }

  structure(canonical: string): StructureDefinition | undefined {
    const resource = this.canonical(canonical)
    if (resource === undefined || !isStructureDefinition(resource)) return undefined
    if (resource.snapshot !== undefined) return resource
    const known = this.#completed.get(resource.url)
    if (known !== undefined) return known
    // A definition that is built on itself finds itself without a snapshot, and gets none.
    this.#completed.set(resource.url, resource)
    const made = makeSnapshot(resource, { structure: other => this.structure(other) ?? this.#others?.structure(other) })
    const completed = made.ok ? made.value : resource
    this.#completed.set(resource.url, completed)
    return completed
  }
}

/** Reads a package. A file that cannot be read is an issue and left out; an archive that cannot be read is refused. */
export function readPackage(archive: Uint8Array, options: ReadPackageOptions): ReadPackageResult {
  const issues: Issue[] = []
  const resources: PackageResource[] = []
  const examples: PackageResource[] = []
  let manifest: PackageManifest | undefined
  let files = 0
  try {
    for (const { path, bytes } of readTar(options.gunzip(archive))) {
      if (!path.endsWith('.json') || !path.startsWith('package/')) continue
      if (++files > (options.filesMax ?? FILES_MAX_DEFAULT)) return refused('The package has more files than are read')
      if (path === 'package/package.json') manifest = readManifest(readJson(path, bytes, options, issues))
      const isExample = path.startsWith('package/example/') || path.startsWith('package/examples/')
      // Other folders hold what is no resource: API descriptions, pictures, an index.
      if (!isExample && path.lastIndexOf('/') !== 'package'.length) continue
      const resource = readJson(path, bytes, options, issues)
      if (isResource(resource)) (isExample ? examples : resources).push(resource)
    }
  } catch (error) {
    return refused(`The archive cannot be read: ${error instanceof Error ? error.message : 'it is damaged'}`)
  }
  if (manifest === undefined) return refused('The archive has no package/package.json with a name and a version')
  return { ok: true, value: new FhirPackage(manifest, resources, examples), issues }
}

function refused(text: string): ReadPackageResult {
  return { ok: false, issues: [{ severity: 'fatal', code: 'package-invalid', text }] }
}

function readJson(path: string, bytes: Uint8Array, { fileBytesMax }: ReadPackageOptions, issues: Issue[]): unknown {
  const parsed = parseJson(bytes, { bytesMax: fileBytesMax ?? FILE_BYTES_MAX_DEFAULT })
  if (parsed.ok) return parsed.value
  const [first] = parsed.issues
  issues.push({ severity: 'error', code: 'package-invalid', text: `${path}: ${first?.text ?? 'cannot be read'}` })
  return undefined
}

function readManifest(json: unknown): PackageManifest | undefined {
  if (!isRecord(json)) return undefined
  const { name, version, canonical, license, fhirVersions, dependencies } = json
  if (typeof name !== 'string' || typeof version !== 'string') return undefined
  return {
    name,
    version,
    ...(typeof canonical === 'string' ? { canonical } : {}),
    ...(typeof license === 'string' ? { license } : {}),
    fhirVersions: (Array.isArray(fhirVersions) ? fhirVersions : []).filter(one => typeof one === 'string'),
    dependencies: Object.fromEntries(
      Object.entries(isRecord(dependencies) ? dependencies : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isResource(value: unknown): value is PackageResource {
  return isRecord(value) && typeof value['resourceType'] === 'string'
}

/** What is read of it is looked at where it is read: a package is written by its publisher, not by a stranger. */
function isStructureDefinition(resource: PackageResource): resource is PackageResource & StructureDefinition {
  return (
    resource.resourceType === 'StructureDefinition' &&
    typeof resource['url'] === 'string' &&
    typeof resource['type'] === 'string'
  )
}
