import { gunzipSync } from 'node:zlib'
import { FHIR_VERSION } from '@samband/fhir'
import { FhirPackage, type PackageManifest, readPackage } from '@samband/fhir/packages'
import { HubError, type HubIssue } from '../hub-error.ts'
import type { PackageLimits } from './limits.ts'

/** An implementation guide as it is published (`.tgz`), and what the operator calls it. */
export type PackageFile = {
  /** Stands in errors and in the log. */
  readonly file: string
  readonly bytes: Uint8Array
}

export type LoadedPackage = { readonly file: string; readonly guide: FhirPackage }

/**
 * Reads packages and puts those that others depend on before them.
 *
 * @throws HubError with all that is wrong, each with its file: `package-unreadable`, `package-fhir-version`, `package-twice`
 */
export function readPackages(files: readonly PackageFile[], limits: PackageLimits): readonly LoadedPackage[] {
  const issues: HubIssue[] = []
  const byName = new Map<string, LoadedPackage>()
  for (const { file, bytes } of files) {
    const guide = readOne(file, bytes, limits, issues)
    if (guide === undefined) continue
    const { name, version } = guide.manifest
    const known = byName.get(name)
    if (known === undefined) byName.set(name, { file, guide })
    else {
      const other = `${known.guide.manifest.version} in ${known.file}`
      issues.push(packageIssue('package-twice', file, `${name} ${version} is given a second time: ${other}`))
    }
  }
  refuseAny(issues)
  return inOrder(byName)
}

export function packageIssue(code: string, file: string, text: string): HubIssue {
  return { severity: 'error', type: 'invalid', code, text: `${file}: ${text}` }
}

/** @throws HubError where there are issues */
export function refuseAny(issues: readonly HubIssue[]): void {
  const [first] = issues
  if (first === undefined) return
  const message = issues.map(({ text }) => text).join('\n')
  throw new HubError({ code: first.code, category: 'incorrect', message, issues })
}

function readOne(
  file: string,
  bytes: Uint8Array,
  { packageBytesMax, packageFilesMax }: PackageLimits,
  issues: HubIssue[],
): FhirPackage | undefined {
  const read = readPackage(bytes, {
    gunzip: zipped => gunzipSync(zipped, { maxOutputLength: packageBytesMax }),
    filesMax: packageFilesMax,
  })
  // A file that cannot be read may be the very profile that resources claim: it is not passed over.
  const broken = read.issues.filter(({ severity }) => severity === 'error' || severity === 'fatal')
  issues.push(...broken.map(({ text }) => packageIssue('package-unreadable', file, text)))
  if (!read.ok || broken.length > 0) return undefined
  const { manifest } = read.value
  if (!isOfThisFhir(manifest)) {
    const text = `it is of FHIR ${manifest.fhirVersions.join(', ')}, and this server speaks ${FHIR_VERSION}`
    issues.push(packageIssue('package-fhir-version', file, text))
    return undefined
  }
  // Without its examples, which nobody asks for here.
  return new FhirPackage(manifest, read.value.resources())
}

/** Old packages do not say. */
function isOfThisFhir({ fhirVersions }: PackageManifest): boolean {
  return fhirVersions.length === 0 || fhirVersions.some(version => version.startsWith('4.0'))
}

/** What a package depends on comes before it; else as given. Packages that depend on each other are known to each other all the same. */
function inOrder(byName: ReadonlyMap<string, LoadedPackage>): readonly LoadedPackage[] {
  const ordered = new Set<LoadedPackage>()
  const begun = new Set<LoadedPackage>()
  const place = (one: LoadedPackage): void => {
    if (begun.has(one)) return
    begun.add(one)
    for (const name of Object.keys(one.guide.manifest.dependencies)) {
      const needed = byName.get(name)
      if (needed !== undefined) place(needed)
    }
    ordered.add(one)
  }
  for (const one of byName.values()) place(one)
  return [...ordered]
}
