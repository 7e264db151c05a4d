// Runs before start, test, check and the other npm scripts: installs the dependencies when they are missing or are not
// those of the lockfile, and does nothing (under 100 ms) otherwise. Plain JavaScript, because on a fresh clone it runs
// on the machine's own Node, which may be older than the one that the project pins.
//
// "Not those of the lockfile" is decided by content: npm records what it installed in node_modules/.package-lock.json.
// Modification times lie, since `git clone` and `git checkout` set them to the time of the copy.

import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const nodeMajorMin = 20
const lockPollMs = 200
/** An installation that takes longer than this has died without removing its lock (for instance with the machine). */
const lockAgeMsMax = 15 * 60_000

class InstallError extends Error {}

/** Why an installation is needed: a short phrase, or undefined when node_modules is what the lockfile says. */
export function reasonToInstall(root) {
  const lock = readJson(join(root, 'package-lock.json'))
  if (!lock) return 'there is no package-lock.json'
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing'
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))
  if (!installed) return 'an earlier installation did not finish'
  const manifest = manifestChange(root, lock)
  if (manifest) return manifest
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/')) continue
    const found = installed.packages[path]
    if (!found) {
      if (wanted.optional || wanted.peer) continue
      return `${path} is missing`
    }
    if (!wanted.link && found.version !== wanted.version) return `${path} is not version ${wanted.version}`
    if (!existsSync(join(root, path))) return `${path} is missing`
  }
  return undefined
}

/** A package.json that asks for something else than the lockfile records: `npm ci` would refuse, `npm install` mends it. */
function manifestChange(root, lock) {
  for (const folder of ['', ...workspaceFolders(root)]) {
    const recorded = lock.packages[folder]
    if (!recorded) return `${folder} is a new workspace`
    const manifest = readJson(join(root, folder, 'package.json'))
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      if (sortedEntries(manifest[kind]) !== sortedEntries(recorded[kind])) {
        return `${join(folder, 'package.json')} asks for other ${kind} than the lockfile records`
      }
    }
  }
  return undefined
}

function sortedEntries(dependencies) {
  return JSON.stringify(Object.entries(dependencies ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The workspaces of package.json; patterns are `folder` or `folder/*`, the only two kinds used here. */
export function workspaceFolders(root) {
  const folders = []
  for (const pattern of readJson(join(root, 'package.json'))?.workspaces ?? []) {
    if (!pattern.endsWith('/*')) folders.push(pattern)
    else if (existsSync(join(root, pattern.slice(0, -2)))) {
      for (const name of readdirSync(join(root, pattern.slice(0, -2)))) folders.push(`${pattern.slice(0, -1)}${name}`)
    }
  }
  return folders.filter(folder => existsSync(join(root, folder, 'package.json')))
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    if (error instanceof SyntaxError && path.includes('node_modules')) return undefined
    throw new InstallError(`${path} cannot be read: ${error.message}`)
  }
}

/** The pinned Node; npm may skip its installing script (it asks for approval of such scripts), then this runs it. */
function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', 'node')
}

function pinnedNodeMissing(root) {
  return existsSync(join(root, 'node_modules', 'node')) && !existsSync(pinnedNode(root))
}

/**
 * The environment for npm: without what an enclosing `npm run` set for itself (workspace, flags), and with a PATH that
 * leads to the machine's own Node, since npm may be about to replace the one in node_modules.
 */
function npmEnvironment(root) {
  const environment = { ...process.env }
  for (const name of Object.keys(environment)) {
    if (
      /^npm_config_(workspaces?|include_workspace_root|global|omit|only|production|dry_run|json|prefix)$/i.test(name)
    ) {
      delete environment[name]
    }
  }
  const bins = join(root, 'node_modules')
  const path = (environment.PATH ?? '').split(delimiter).filter(entry => !resolve(entry).startsWith(bins + sep))
  environment.PATH = path.join(delimiter)
  return environment
}

/** Runs a command, silently unless it fails; resolves with what it wrote. */
function run(command, args, options) {
  return new Promise(done => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stderr.on('data', chunk => (output += chunk))
    child.on('error', error => done({ code: 127, output: `${output}\n${error.message}` }))
    child.on('close', (code, signal) =>
      done({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    )
  })
}

/** The line of npm's output that tells most, for a one-line error. */
export function npmFailure(output) {
  const lines = output
    .split('\n')
    .filter(line => /^npm (error|ERR!)/.test(line))
    .map(line => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter(line => line !== '' && !line.startsWith('A complete log') && !line.startsWith('path '))
  const code = lines.find(line => line.startsWith('code '))?.slice(5)
  const text = lines.find(line => !/^(code|errno|syscall) /.test(line)) ?? output.trim().split('\n').at(-1) ?? ''
  return code && !text.includes(code) ? `${code}: ${text}` : text
}

async function install(root, reason) {
  const clean = !existsSync(join(root, 'node_modules')) && existsSync(join(root, 'package-lock.json'))
  const consistent = clean && !manifestChange(root, readJson(join(root, 'package-lock.json')))
  let verb = consistent ? 'ci' : 'install'
  process.stderr.write(`Installing the dependencies with npm ${verb} (${reason}); this takes up to a minute.\n`)
  let result = await runNpm(root, verb)
  if (verb === 'ci' && /EUSAGE/.test(result.output)) {
    // npm judges the lockfile stricter than it need be, for instance when it lacks the binaries of another platform.
    verb = 'install'
    result = await runNpm(root, verb)
  }
  if (result.code !== 0) {
    throw new InstallError(`npm ${verb} failed (${npmFailure(result.output)}); run "npm ${verb}" to see all it says`)
  }
}

function runNpm(root, verb) {
  // The tools and the pinned Node are devDependencies: they are wanted also where NODE_ENV is production.
  const args = [verb, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--prefer-offline']
  return run('npm', args, { cwd: root, env: npmEnvironment(root) })
}

async function installPinnedNode(root) {
  const folder = join(root, 'node_modules', 'node')
  const environment = npmEnvironment(root)
  // It runs a second npm inside its folder, which must not take the project for its own.
  const result = await run('node', ['installArchSpecificPackage.js'], { cwd: folder, env: environment })
  if (result.code !== 0 || !existsSync(pinnedNode(root))) {
    const platform = `${process.platform}-${process.arch}`
    throw new InstallError(`the pinned Node for ${platform} could not be installed (${npmFailure(result.output)})`)
  }
}

function assertPinnedNodeRuns(root) {
  const node = pinnedNode(root)
  if (!existsSync(node)) return
  const result = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (result.status !== 0) {
    const why = (result.stderr || result.error?.message || `ended with ${result.status ?? result.signal}`)
      .trim()
      .split('\n')[0]
    throw new InstallError(`the pinned Node does not run on this machine (${why}); glibc 2.28 or macOS 13.5 is needed`)
  }
}

/** Holds the lock while `work` runs, so that two scripts started at once do not install into the same folder. */
async function withLock(root, work) {
  const lock = join(root, '.install.lock')
  let told = false
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST')
        throw new InstallError(`${root} cannot be written to (${error.code}); it must be, to install`)
    }
    if (lockIsStale(lock)) {
      rmSync(lock, { recursive: true, force: true })
      continue
    }
    if (!told) process.stderr.write('Waiting for another installation in this folder to finish.\n')
    told = true
    await new Promise(done => setTimeout(done, lockPollMs))
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.once('exit', release)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid))
    await work()
  } finally {
    release()
  }
}

function lockIsStale(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > lockAgeMsMax) return true
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'))
    // Empty: its owner has made the folder and is about to write its id.
    if (!pid) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Makes node_modules what the lockfile says; resolves with whether anything had to be done. */
export async function ensureInstalled(root) {
  if (!reasonToInstall(root) && !pinnedNodeMissing(root)) return false
  await withLock(root, async () => {
    // Another process may have installed while this one waited.
    const reason = reasonToInstall(root)
    if (reason) await install(root, reason)
    if (pinnedNodeMissing(root)) await installPinnedNode(root)
    assertPinnedNodeRuns(root)
  })
  return true
}

async function main() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  try {
    if (Number(process.versions.node.split('.')[0]) < nodeMajorMin) {
      throw new InstallError(`Node ${nodeMajorMin} or newer is needed to start; this is Node ${process.versions.node}`)
    }
    await ensureInstalled(root)
  } catch (error) {
    if (!(error instanceof InstallError)) throw error
    process.stderr.write(`samband: ${error.message}\n`)
    process.exitCode = 1
  }
}

// The real path, since the folder may be reached through a symbolic link (as /tmp on macOS).
if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) await main()
