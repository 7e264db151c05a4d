import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrowProblems, type Project } from './arrows.ts'

const project: Project = {
  rootManifest: { name: 'root', devDependencies: { 'fast-check': '^4.0.0', 'oxc-parser': '^0.1.0' } },
  workspaces: [
    workspace('standards/hl7v2', '@samband/hl7v2', []),
    workspace('standards/fhir', '@samband/fhir', []),
    workspace('standards/mapping', '@samband/mapping', ['@samband/hl7v2', '@samband/fhir']),
    workspace('platform/errors', '@samband/errors', []),
    workspace('platform/testing', '@samband/testing', []),
    workspace('platform/store', '@samband/store', ['@samband/errors', '@samband/engine', 'pg']),
    workspace('platform/route', '@samband/route', ['@samband/errors']),
    workspace('platform/engine', '@samband/engine', [
      '@samband/errors',
      '@samband/store',
      '@samband/route',
      '@samband/hl7v2',
    ]),
    workspace('platform/access', '@samband/access', ['@samband/store', '@samband/audit']),
    workspace('platform/audit', '@samband/audit', ['@samband/store', '@samband/access']),
    workspace('apps/samband', 'samband', ['@samband/engine', '@samband/operations', 'console']),
    workspace('apps/console', 'console', ['@samband/operations']),
    workspace('platform/operations', '@samband/operations', ['@samband/engine'], {
      '.': './src/index.ts',
      './contract': '',
    }),
    workspace('examples/hospital', '@samband/example-hospital', ['@samband/engine', 'samband']),
  ],
}

function workspace(
  folder: string,
  name: string,
  dependencies: readonly string[],
  exports: Record<string, string> = { '.': './src/index.ts' },
): Project['workspaces'][number] {
  const declared = Object.fromEntries(dependencies.map(dependency => [dependency, '*']))
  return { folder, manifest: { name, exports, dependencies: declared, devDependencies: { '@samband/testing': '*' } } }
}

function problems(path: string, text: string): string[] {
  return arrowProblems(project, [{ path, text }]).map(problem => `${problem.line}: ${problem.text}`)
}

function assertForbidden(path: string, text: string, expected: RegExp): void {
  const found = problems(path, text)
  assert.equal(found.length, 1, `expected one problem, found ${JSON.stringify(found)}`)
  assert.match(found[0] ?? '', expected)
}

test('arrows that point down are allowed', () => {
  assert.deepEqual(
    problems('platform/engine/src/a.ts', `import { a } from '@samband/store'\nimport '@samband/hl7v2'`),
    [],
  )
  assert.deepEqual(problems('apps/samband/src/a.ts', `import { a } from '@samband/engine'\nimport 'node:fs'`), [])
  assert.deepEqual(problems('standards/mapping/src/a.ts', `import { a } from '@samband/fhir'\nimport './b.ts'`), [])
})

test('a standard that imports node: fails', () => {
  assertForbidden(
    'standards/hl7v2/src/a.ts',
    `\nimport { readFile } from 'node:fs/promises'`,
    /^2: standards\/ is pure/,
  )
})

test('a generator beside src/ may read files, and nothing that is shipped may import it', () => {
  assert.deepEqual(problems('standards/hl7v2/dictionary/generate.ts', `import 'node:fs'\nimport '../src/index.ts'`), [])
  assertForbidden('standards/hl7v2/src/a.ts', `import '../dictionary/generate.ts'`, /a tool of development/)
})

test('a standard that imports its sibling fails', () => {
  const text = `import { a } from '@samband/fhir'`
  assertForbidden('standards/hl7v2/src/a.ts', text, /standards do not know each other/)
})

test('an import of a type only counts as an arrow', () => {
  assertForbidden('standards/hl7v2/src/a.ts', `import type { A } from '@samband/fhir'`, /do not know each other/)
  assertForbidden('standards/hl7v2/src/a.ts', `type A = import('@samband/fhir').A`, /do not know each other/)
})

test('re-exports, dynamic imports and require count as arrows', () => {
  for (const text of [
    `export { a } from '@samband/engine'`,
    `export * from '@samband/engine'`,
    `await import('@samband/engine')`,
    `const a = require('@samband/engine')`,
    `import a = require('@samband/engine')`,
  ]) {
    assertForbidden('platform/store/src/a.ts', text, /may not import platform\/engine/)
  }
})

test('an arrow from a standard up to the platform fails', () => {
  assertForbidden('standards/hl7v2/src/a.ts', `import '@samband/engine'`, /arrows point down only/)
})

test('an arrow from the platform up to an app fails', () => {
  assertForbidden('platform/engine/src/a.ts', `import 'samband'`, /arrows point down only/)
})

test('an arrow from an example to an app fails', () => {
  assertForbidden('examples/hospital/src/a.ts', `import 'samband'`, /arrows point down only/)
})

test('an arrow from one app to another fails, except that the server serves the console', () => {
  assertForbidden('apps/console/src/a.ts', `import 'samband'`, /apps do not know each other/)
  assert.deepEqual(problems('apps/samband/src/a.ts', `import 'console'`), [])
})

test('an arrow that is not in the line of a platform package fails', () => {
  assertForbidden('platform/store/src/a.ts', `import '@samband/engine'`, /not in its line of scripts\/arrow-rules.ts/)
})

test('a platform package at the bottom that imports a standard fails', () => {
  assertForbidden('platform/store/src/a.ts', `import '@samband/hl7v2'`, /may not import standards/)
})

test('a platform package without a line in the rules fails', () => {
  const added = {
    ...project,
    workspaces: [...project.workspaces, workspace('platform/weather', '@samband/weather', [])],
  }
  const [problem] = arrowProblems(added, [])
  assert.match(problem?.text ?? '', /platform\/weather has no line in scripts\/arrow-rules.ts/)
})

test('an import that reaches into another package fails', () => {
  assertForbidden('platform/engine/src/a.ts', `import '@samband/store/src/pool.ts'`, /reaches into platform\/store/)
})

test('a path that the other package exports is not a reach into it', () => {
  assert.deepEqual(problems('apps/console/src/a.tsx', `import { a } from '@samband/operations/contract'`), [])
})

test('a relative import that leaves its package fails', () => {
  assertForbidden('platform/engine/src/a.ts', `import '../../store/src/index.ts'`, /leaves platform\/engine/)
  assertForbidden('scripts/a.ts', `import '../platform/store/src/index.ts'`, /leaves scripts/)
  assert.deepEqual(problems('platform/engine/test/a.test.ts', `import '../src/index.ts'`), [])
})

test('a package that is not declared fails', () => {
  assertForbidden(
    'platform/route/src/a.ts',
    `import pg from 'pg'`,
    /pg is not among the dependencies of platform\/route/,
  )
  assertForbidden(
    'platform/access/src/a.ts',
    `import '@samband/errors'`,
    /not among the dependencies of platform\/access/,
  )
})

test('what only development needs may be used by tests and configuration, not by what is shipped', () => {
  const text = `import fc from 'fast-check'`
  assert.deepEqual(problems('platform/route/src/a.test.ts', text), [])
  assert.deepEqual(problems('platform/route/vite.config.ts', text), [])
  assertForbidden('platform/route/src/a.ts', text, /not among the dependencies/)
})

test('the testing package is for tests on every floor', () => {
  const text = `import { requireService } from '@samband/testing'\nimport 'node:fs'`
  assert.deepEqual(problems('standards/hl7v2/test/a.test.ts', text), [])
  assert.deepEqual(problems('platform/engine/src/a.test.ts', text), [])
  assertForbidden('platform/engine/src/a.ts', text, /for tests only/)
})

test('packages that need each other are a cycle', () => {
  const found = arrowProblems(project, [
    { path: 'platform/access/src/a.ts', text: `import '@samband/audit'` },
    { path: 'platform/audit/src/a.ts', text: `import '@samband/access'` },
  ])
  assert.deepEqual(
    found.map(problem => problem.text),
    ['is part of a cycle: platform/access → platform/audit → platform/access'],
  )
})

test('a package that imports itself by name fails', () => {
  assertForbidden('platform/engine/src/a.ts', `import '@samband/engine'`, /its own package by name/)
})

test('a comment or a string that looks like an import is not one', () => {
  assert.deepEqual(problems('standards/hl7v2/src/a.ts', `// import 'node:fs'\nconst a = "import 'node:fs'"`), [])
})

test('a file that cannot be parsed fails', () => {
  assertForbidden('platform/engine/src/a.ts', 'const = 1', /cannot be parsed/)
})
