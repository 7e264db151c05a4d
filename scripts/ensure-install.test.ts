import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
// @ts-expect-error It is plain JavaScript, since it runs on any Node >= 20 before anything is installed.
import * as ensureInstall from './ensure-install.mjs'

const { reasonToInstall, npmFailure } = ensureInstall as {
  reasonToInstall: (root: string) => string | undefined
  npmFailure: (output: string) => string
}

const lock = {
  packages: {
    '': { dependencies: { a: '^1.0.0' } },
    'tools/one': { dependencies: { b: '^1.0.0' } },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/one': { resolved: 'tools/one', link: true },
    'node_modules/b-darwin': { version: '1.0.0', optional: true },
  },
}
const { 'node_modules/b-darwin': _, ...installedPackages } = lock.packages

/** A project whose node_modules is what its lockfile says. */
function project(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'samband-install-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const folder of ['scripts', 'tools/one', 'node_modules/a', 'node_modules/b', 'node_modules/one']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  copyFileSync(join(import.meta.dirname, 'ensure-install.mjs'), join(root, 'scripts/ensure-install.mjs'))
  writeJson(root, 'package.json', { workspaces: ['tools/*'], dependencies: { a: '^1.0.0' } })
  writeJson(root, 'tools/one/package.json', { name: 'one', dependencies: { b: '^1.0.0' } })
  writeJson(root, 'package-lock.json', lock)
  writeJson(root, 'node_modules/.package-lock.json', { packages: installedPackages })
  return root
}

function writeJson(root: string, path: string, value: unknown): void {
  writeFileSync(join(root, path), JSON.stringify(value))
}

/** An npm that takes a moment, tells that it was called, and leaves node_modules as the lockfile says. */
function fakeNpm(root: string, program = ''): string {
  const folder = join(root, 'bin')
  mkdirSync(folder)
  const script = `#!/bin/sh
echo "$@" >> ${root}/npm-calls
${program}
sleep 0.3
mkdir -p ${root}/node_modules/a ${root}/node_modules/b ${root}/node_modules/one
echo '${JSON.stringify({ packages: installedPackages })}' > ${root}/node_modules/.package-lock.json
`
  writeFileSync(join(folder, 'npm'), script)
  chmodSync(join(folder, 'npm'), 0o755)
  return folder
}

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

async function runScript(root: string, bin: string): Promise<Ended> {
  const script = join(root, 'scripts/ensure-install.mjs')
  const child: ChildProcess = spawn(process.execPath, [script], { env: { PATH: `${bin}:${process.env['PATH']}` } })
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, stderr }
}

function npmCalls(root: string): string[] {
  const path = join(root, 'npm-calls')
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
}

test('nothing is installed when node_modules is what the lockfile says', async t => {
  const root = project(t)
  assert.equal(reasonToInstall(root), undefined)
  const { code, stderr } = await runScript(root, fakeNpm(root))
  assert.deepEqual({ code, stderr, calls: npmCalls(root) }, { code: 0, stderr: '', calls: [] })
})

test('a missing node_modules is installed from the lockfile', async t => {
  const root = project(t)
  rmSync(join(root, 'node_modules'), { recursive: true })
  const { code } = await runScript(root, fakeNpm(root))
  assert.equal(code, 0)
  assert.match(npmCalls(root).join(), /^ci --include=dev/)
})

test('a lockfile with another version than what is installed is a reason to install', t => {
  const root = project(t)
  const packages = { ...lock.packages, 'node_modules/a': { version: '1.0.1' } }
  writeJson(root, 'package-lock.json', { packages })
  assert.equal(reasonToInstall(root), 'node_modules/a is not version 1.0.1')
})

test('a package that is gone from node_modules is a reason to install', t => {
  const root = project(t)
  rmSync(join(root, 'node_modules/b'), { recursive: true })
  assert.equal(reasonToInstall(root), 'node_modules/b is missing')
})

test('an installation that was interrupted is a reason to install', t => {
  const root = project(t)
  rmSync(join(root, 'node_modules/.package-lock.json'))
  assert.equal(reasonToInstall(root), 'an earlier installation did not finish')
})

test('a package.json that asks for something else than the lockfile is a reason to install', t => {
  const root = project(t)
  writeJson(root, 'tools/one/package.json', { name: 'one', dependencies: { b: '^2.0.0' } })
  assert.match(reasonToInstall(root) ?? '', /tools\/one\/package.json asks for other dependencies/)
})

test('a new workspace is a reason to install', t => {
  const root = project(t)
  mkdirSync(join(root, 'tools/two'))
  writeJson(root, 'tools/two/package.json', { name: 'two' })
  assert.equal(reasonToInstall(root), 'tools/two is a new workspace')
})

test('two scripts started at once install once', async t => {
  const root = project(t)
  rmSync(join(root, 'node_modules'), { recursive: true })
  const bin = fakeNpm(root)
  const ended = await Promise.all([runScript(root, bin), runScript(root, bin)])
  assert.deepEqual(
    ended.map(({ code }) => code),
    [0, 0],
  )
  assert.equal(npmCalls(root).length, 1)
  assert.equal(existsSync(join(root, '.install.lock')), false)
})

test('the lock of a process that died is taken over', async t => {
  const root = project(t)
  rmSync(join(root, 'node_modules/.package-lock.json'))
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'close')
  mkdirSync(join(root, '.install.lock'))
  writeFileSync(join(root, '.install.lock/pid'), String(dead.pid))
  const { code } = await runScript(root, fakeNpm(root))
  assert.equal(code, 0)
  assert.equal(npmCalls(root).length, 1)
})

test('a failure of npm is told in one line with its cause', async t => {
  const root = project(t)
  rmSync(join(root, 'node_modules/.package-lock.json'))
  const npm = `echo 'npm error code ENOTFOUND' >&2; echo 'npm error network request to a registry failed' >&2; exit 1`
  const { code, stderr } = await runScript(root, fakeNpm(root, npm))
  assert.equal(code, 1)
  const [, error, ...rest] = stderr.trim().split('\n')
  assert.match(
    error ?? '',
    /^samband: npm install failed \(ENOTFOUND: network request to a registry failed\); run "npm install"/,
  )
  assert.deepEqual(rest, [])
})

test('the telling line of what npm wrote is found', () => {
  const output =
    'npm warn deprecated x\nnpm error code EACCES\nnpm error syscall mkdir\nnpm error path /x\nnpm error permission denied'
  assert.equal(npmFailure(output), 'EACCES: permission denied')
  assert.equal(npmFailure('sh: npm: not found'), 'sh: npm: not found')
})
