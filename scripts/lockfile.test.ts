import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completed, lockProblems, platformOfName } from './lockfile.ts'

const lock = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      optionalDependencies: { '@tool/linux-x64-musl': '1.0.0', '@tool/linux-x64': '1.0.0' },
    },
    'node_modules/@tool/linux-x64': { version: '1.0.0', resolved: 'https://registry.example/tool.tgz' },
  },
}

test('a lockfile that names a registry or leaves a platform out is told', () => {
  assert.deepEqual(
    lockProblems(lock).map(({ path }) => path),
    ['node_modules/@tool/linux-x64', 'node_modules/@tool/linux-x64-musl'],
  )
})

test('a lockfile is completed for platforms that the registry did not carry', () => {
  const done = completed(lock)
  assert.deepEqual(lockProblems(done), [])
  assert.deepEqual(done.packages['node_modules/@tool/linux-x64-musl'], {
    version: '1.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  })
})

test('an optional package nested below its parent is not missing', () => {
  const nested = {
    packages: {
      'node_modules/a/node_modules/tool': { version: '1.0.0', optionalDependencies: { b: '1.0.0' } },
      'node_modules/a/node_modules/b': { version: '1.0.0' },
    },
  }
  assert.deepEqual(lockProblems(nested), [])
})

test('the platform is read from the name of the package', () => {
  assert.deepEqual(platformOfName('@rollup/rollup-win32-arm64-msvc'), { os: ['win32'], cpu: ['arm64'] })
  assert.deepEqual(platformOfName('@oxlint/binding-linux-arm64-gnu'), {
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['glibc'],
  })
  assert.equal(platformOfName('pg-cloudflare'), undefined)
})
