import { readFile } from 'node:fs/promises'
import { SambandError } from '@samband/errors'
import type { PackageFile } from '@samband/hub/packages'

/**
 * An implementation guide of the configuration.
 *
 * @throws SambandError `package-missing`, `package-unreadable`
 */
export async function readPackageFile(file: string): Promise<PackageFile> {
  try {
    return { file, bytes: await readFile(file) }
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
    throw new SambandError({
      code: isMissing ? 'package-missing' : 'package-unreadable',
      category: 'incorrect',
      message: isMissing
        ? `there is no implementation guide ${file}: put the package (.tgz) there, or take it out of hub.packages`
        : `the implementation guide ${file} cannot be read by this user`,
      cause,
    })
  }
}
