import { fileURLToPath } from 'node:url'

/** A certificate or key of the tests, made by fixtures/tls/make.sh. */
export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`fixtures/tls/${name}`, import.meta.url))
}
