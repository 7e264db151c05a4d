import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { requireService, type SkippableTest } from './require-service.ts'

const projectRoot = resolve(import.meta.dirname, '../../..')

/**
 * The path of a file or folder of `../shared`, which lies beside the project and holds real data that the project may
 * read and not contain. Undefined, and the test skipped, where it is absent.
 *
 *     const folder = requireShared(t, 'data/hl7v2/messages')
 *     if (folder === undefined) return
 */
export function requireShared(t: SkippableTest, path: string): string | undefined {
  const full = join(projectRoot, '..', 'shared', path)
  const available = existsSync(full)
  return requireService(t, `../shared/${path}`, available, 'place shared/ beside the project') ? full : undefined
}
