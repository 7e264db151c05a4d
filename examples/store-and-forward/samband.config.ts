import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The smallest deployment: `samband start --example store-and-forward`, then
 * `samband send message.hl7 --to mllp://127.0.0.1:2575`. STORE_PORT and STORE_FOLDER change where it listens and writes.
 *
 * In a project of your own this is `export default defineConfig({ ... })`.
 */
const folder = process.env['STORE_FOLDER'] ?? join(process.cwd(), '.samband', 'archive')

// The connector writes only into a folder that exists, so that a share that is not mounted is noticed.
mkdirSync(folder, { recursive: true })

const deployment: {
  readonly name: string
  readonly routes: string
  readonly endpoints: Readonly<Record<string, { readonly connector: string; readonly [setting: string]: unknown }>>
} = {
  name: 'Store and forward',
  routes: './routes',
  endpoints: {
    in: { connector: 'mllp', port: Number(process.env['STORE_PORT'] ?? 2575), system: 'Any sender' },
    archive: { connector: 'file', folder, extension: '.hl7', system: 'Archive' },
  },
}

export default deployment
