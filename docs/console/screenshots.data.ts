import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

declare const data: readonly string[]
export { data }

const folder = join(import.meta.dirname, '../public/screenshots')

/** Loaded by VitePress when it builds docs/console/index.md: the screenshots that exist, made by the console's own tests. */
export default {
  watch: ['../public/screenshots/*.png'],
  load: (): readonly string[] => (existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.png')) : []),
}
