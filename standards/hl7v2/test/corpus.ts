import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SHARED = join(import.meta.dirname, '../../../../shared/data/hl7v2')

/** The reason to skip, or false: the corpus is not part of the repository. */
export const corpusMissing: string | false = existsSync(SHARED) ? false : `no corpus at ${SHARED}`

/** Every message of the corpus, as one file's lines of `{src,msg}`. */
export function corpusMessages(): { readonly source: string; readonly message: string }[] {
  if (corpusMissing !== false) return []
  const folder = join(SHARED, 'messages')
  return readdirSync(folder)
    .filter(name => name.endsWith('.jsonl'))
    .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(line => line !== '')
    .map(line => {
      // The corpus is ours to trust: its README fixes this shape.
      const { src, msg } = JSON.parse(line) as { src: string; msg: string }
      return { source: src, message: msg }
    })
}

/** Every file of the malformed part. */
export function malformedFiles(): { readonly name: string; readonly bytes: Uint8Array }[] {
  if (corpusMissing !== false) return []
  const folder = join(SHARED, 'malformed')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => statSync(join(folder, name)).isFile())
    .map(name => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }))
}
