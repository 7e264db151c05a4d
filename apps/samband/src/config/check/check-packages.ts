import { SambandError } from '@samband/errors'
import type { PackageFile } from '@samband/hub/packages'
import { readPackageFile } from '../../server/hub/package-file.ts'
import type { Deployment } from '../examine-config.ts'
import type { Finding } from './finding.ts'

/** Implementation guides that are not there, or that the FHIR server would not start with. */
export async function checkPackages({ hub, limits }: Deployment): Promise<readonly Finding[]> {
  if (!hub.enabled || hub.packages.length === 0) return []
  const path = 'hub.packages'
  const files: PackageFile[] = []
  const findings: Finding[] = []
  for (const file of hub.packages) {
    try {
      files.push(await readPackageFile(file))
    } catch (thrown) {
      findings.push(findingOf(thrown, path))
    }
  }
  // What others lack may be in the one that is not there.
  if (findings.length > 0) return findings
  const { loadGuides } = await import('@samband/hub/packages')
  const { hubLimitsDefault } = await import('@samband/hub/limits')
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  try {
    await loadGuides(files, { limits: { ...hubLimitsDefault, ...limits.hub }, log: silent })
    return []
  } catch (thrown) {
    return [findingOf(thrown, path)]
  }
}

function findingOf(thrown: unknown, path: string): Finding {
  if (!(thrown instanceof SambandError)) throw thrown
  return { kind: 'problem', code: thrown.code, path, text: thrown.message }
}
