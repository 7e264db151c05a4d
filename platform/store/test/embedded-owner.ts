/** A process that runs an embedded server until it is killed: `embedded-owner.ts <dataDir>`. */
import { startEmbeddedPostgres } from '../src/index.ts'

const dataDir = process.argv[2] ?? ''
const server = await startEmbeddedPostgres({ dataDir, fallbackDir: `${dataDir}-elsewhere` })
process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid })}\n`)
process.stdin.resume()
