import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** From package.json, so that it is written in one place. */
export function sambandVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known && typeof manifest.version === 'string' ? manifest.version : '0.0.0'
}
