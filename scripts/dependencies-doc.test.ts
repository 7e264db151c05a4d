import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dependencyDocProblems } from './dependencies-doc.ts'

test('a dependency without a row, and a row without a user, are told', t => {
  const folder = mkdtempSync(join(tmpdir(), 'samband-dependencies-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'platform/store'), { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ workspaces: ['platform/*'], devDependencies: { a: '1', b: '1' } }),
  )
  writeFileSync(
    join(folder, 'platform/store/package.json'),
    JSON.stringify({ name: '@samband/store', dependencies: { pg: '8', '@samband/store': '*' } }),
  )
  writeFileSync(
    join(folder, 'DEPENDENCIES.md'),
    '| package | why |\n| --- | --- |\n| `a`, `b` | both |\n| `gone` | before |\n',
  )
  assert.deepEqual(dependencyDocProblems(folder), [
    'pg, used by platform/store, has no row in DEPENDENCIES.md',
    'gone has a row in DEPENDENCIES.md and no user',
  ])
})
