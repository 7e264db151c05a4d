// Builds the console when it has never been built or its sources changed since. Plain JavaScript, so that any start can
// import it:  import { ensureConsoleBuild } from '@samband/console/ensure-build'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampName = '.build-hash'

/** What the built files are made of. A new version of a dependency changes package.json or the lockfile. */
const sources = [
  'index.html',
  'package.json',
  'vite.config.ts',
  'tsconfig.json',
  'public',
  'src',
  '../../package-lock.json',
]

/**
 * @param {{ force?: boolean, log?: (line: string) => void }} [options] `log` gets one line: what was done.
 * @returns {Promise<string>} the folder with the built files
 */
export async function ensureConsoleBuild({ force = false, log = console.log } = {}) {
  const dist = join(root, 'dist')
  const hash = await hashSources()
  const built = await readFile(join(dist, stampName), 'utf8').catch(() => null)
  if (built === hash && !force) {
    log('Console: built already')
    return dist
  }
  const startMs = performance.now()
  // Built aside and renamed, so that a running server never serves half a console and two starts do not mix theirs.
  const fresh = join(root, `.dist-${process.pid}`)
  try {
    await build(fresh)
    await mkdir(fresh, { recursive: true })
    await writeFile(join(fresh, stampName), hash)
    await rm(dist, { recursive: true, force: true })
    await rename(fresh, dist)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  log(`Console: built in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
  return dist
}

async function hashSources() {
  const hash = createHash('sha256')
  for (const source of sources) await addPath(hash, join(root, source))
  return hash.digest('hex')
}

async function addPath(hash, path) {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null)
  if (entries === null) {
    hash.update(`${path.slice(root.length)}\0`).update(await readFile(path).catch(() => ''))
    return
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // Tests beside the code do not change what is built.
    if (!entry.name.endsWith('.test.ts')) await addPath(hash, join(path, entry.name))
  }
}

/** A process of its own: Vite's native parts leave the server's memory with it. */
async function build(outDir) {
  const require = createRequire(import.meta.url)
  const vite = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js')
  const child = spawn(process.execPath, [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      said = (said + text).slice(-8_000)
    })
  }
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`The console could not be built:\n${said}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureConsoleBuild({ force: process.argv.includes('--force') })
}
