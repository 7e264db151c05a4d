import { type DefinitionSource, firstKnown, loadDefinitions } from '@samband/fhir/definitions'
import type { FhirPackage, PackageManifest, PackageResource } from '@samband/fhir/packages'
import type { Validator } from '@samband/fhir/validation'
import type { HubIssue } from '../hub-error.ts'
import type { HubLog } from '../ports.ts'
import type { PackageLimits } from './limits.ts'
import { type LoadedPackage, type PackageFile, packageIssue, readPackages, refuseAny } from './read-packages.ts'

/** The implementation guides of this process. They do not change while it runs. */
export type Guides = {
  readonly packages: readonly LoadedPackage[]
  /** Canonical addresses, with version, of the guides themselves. */
  readonly implementationGuides: readonly string[]
  /** Canonical addresses of the profiles of each resource type. */
  readonly profiles: ReadonlyMap<string, readonly string[]>
}

/** Packages whose content this server has, or that define nothing which profiles are built on. */
const broughtAlong = /^hl7\.(fhir\.r4\.(core|expansions|examples|elements)|fhir\.core|terminology(\.r4)?)$/

/**
 * Reads the packages and makes what they lack: whether each profile can be used is found out now, not when the first
 * resource claims it.
 *
 * @throws HubError `package-…` with all that is wrong, each with its file
 */
export async function loadGuides(
  files: readonly PackageFile[],
  { limits, log }: { readonly limits: PackageLimits; readonly log: HubLog },
): Promise<Guides> {
  const packages = readPackages(files, limits)
  if (packages.length === 0) return { packages, implementationGuides: [], profiles: new Map() }
  const standard = await loadDefinitions()
  const all = firstKnown([standard, ...packages.map(({ guide }) => guide)])
  for (const { guide } of packages) guide.dependOn(all)
  refuseAny(packages.flatMap(one => missingBases(one, all)))
  for (const one of packages) tellOddities(one, packages, log)
  return {
    packages,
    implementationGuides: packages.flatMap(({ guide }) => {
      const own = guide.resources('ImplementationGuide').map(({ url }) => url)
      return guideAddress(guide.manifest, own)
    }),
    profiles: profilesOf(packages),
  }
}

/**
 * Each profile is tried once, so that one that cannot be worked with is found at the start, and the first resource that
 * claims it does not wait.
 *
 * @throws HubError `package-profile-broken`
 */
export function tryProfiles({ packages }: Guides, validator: Validator): void {
  const issues: HubIssue[] = []
  for (const { file, guide } of packages) {
    for (const { url, type } of guide.resources('StructureDefinition').filter(isOfResource)) {
      try {
        validator.validate({ resourceType: type }, { profiles: [String(url)] })
      } catch {
        issues.push(packageIssue('package-profile-broken', file, `${String(url)} is malformed`))
      }
    }
  }
  refuseAny(issues)
}

/** Profiles without a snapshot need what they are built on. */
function missingBases({ file, guide }: LoadedPackage, all: DefinitionSource): readonly HubIssue[] {
  return guide.resources('StructureDefinition').flatMap(resource => {
    const { url, baseDefinition, snapshot } = resource
    if (snapshot !== undefined || typeof url !== 'string' || typeof baseDefinition !== 'string') return []
    if (!isProfile(resource) || all.structure(baseDefinition) !== undefined) return []
    const needed = Object.entries(guide.manifest.dependencies).map(([name, version]) => `${name} ${version}`)
    const hint = needed.length === 0 ? '' : `; the package depends on ${needed.join(', ')}`
    return [
      packageIssue(
        'package-dependency-missing',
        file,
        `${url} is built on ${baseDefinition}, which no package defines${hint}`,
      ),
    ]
  })
}

/** What keeps nothing from working, and an operator may want to know. */
function tellOddities({ file, guide }: LoadedPackage, packages: readonly LoadedPackage[], log: HubLog): void {
  const given = new Map(packages.map(each => [each.guide.manifest.name, each.guide.manifest.version]))
  for (const [name, version] of Object.entries(guide.manifest.dependencies)) {
    const own = given.get(name)
    if (own === undefined) {
      if (!broughtAlong.test(name)) log.info('hub-package-dependency-absent', { file, needs: name, version })
    } else if (!meets(version, own)) {
      log.warn('hub-package-dependency-version', { file, needs: name, version, given: own })
    }
  }
  for (const resource of guide.resources('StructureDefinition')) {
    const { url } = resource
    if (typeof url !== 'string' || !isProfile(resource)) continue
    if (snapshotOf(guide, url) === undefined) log.warn('hub-package-profile-unusable', { file, profile: url })
  }
}

/** Of what is malformed none can be made. */
function snapshotOf(guide: FhirPackage, url: string): unknown {
  try {
    return guide.structure(url)?.snapshot
  } catch {
    return undefined
  }
}

/** `1.2.x` means any 1.2; `current` and the like mean whatever there is. */
function meets(wanted: string, version: string): boolean {
  if (!/^\d/.test(wanted)) return true
  return wanted.endsWith('.x') ? version.startsWith(wanted.slice(0, -1)) : version === wanted
}

function guideAddress({ name, version, canonical }: PackageManifest, own: readonly unknown[]): readonly string[] {
  const [first] = own
  if (typeof first === 'string') return [`${first}|${version}`]
  return canonical === undefined ? [] : [`${canonical}/ImplementationGuide/${name}|${version}`]
}

function isProfile({ derivation, kind }: PackageResource): boolean {
  return derivation === 'constraint' && kind !== 'logical'
}

function isOfResource(resource: PackageResource): boolean {
  return resource['kind'] === 'resource' && resource['abstract'] !== true && isProfile(resource)
}

function profilesOf(packages: readonly LoadedPackage[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const resource of packages.flatMap(({ guide }) => guide.resources('StructureDefinition'))) {
    const { url, type } = resource
    if (typeof url !== 'string' || typeof type !== 'string' || !isOfResource(resource)) continue
    const list = found.get(type) ?? []
    list.push(url)
    found.set(type, list)
  }
  return found
}
