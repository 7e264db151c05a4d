import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, test } from 'node:test'
import { routeFiles } from '@samband/engine'
import { readFolders } from './candidate.ts'
import { RevisionFolder } from './revision-folder.ts'
import { packSource, readSource, unpackSource } from './route-source.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-source-'))
  for (const name of ['routes', 'shared/deep']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'routes', 'a.ts'), `import { b } from '../shared/b.ts'\nexport const a: number = b\n`)
  await writeFile(
    join(folder, 'shared', 'b.ts'),
    `import codes from './deep/codes.json' with { type: 'json' }\nimport { errorOf } from '@samband/route'\nexport const b = codes.length + (errorOf === undefined ? 0 : 0)\n`.replaceAll(
      'errorOf',
      'route',
    ),
  )
  await writeFile(join(folder, 'shared', 'deep', 'codes.json'), '["x", "ø"]')
  await writeFile(join(folder, 'shared', 'unused.ts'), 'export {}\n')
})
after(async () => await rm(folder, { recursive: true, force: true }))

const entry = (): string => join(folder, 'routes', 'a.ts')

test('a source is the file and what it imports, as a tree under their common folder, with the hash of the engine', async () => {
  const { source, watched } = await readSource(entry())
  assert.deepEqual(Object.keys(source.files), ['routes/a.ts', 'shared/b.ts', 'shared/deep/codes.json'])
  assert.equal(source.entry, 'routes/a.ts')
  assert.equal(watched.length, 3)
  assert.deepEqual(
    (await routeFiles(join(folder, 'routes'))).map(({ hash }) => hash),
    [source.hash],
  )
})

test('a packed source comes back as it was, and one that was changed is refused', async () => {
  const { source } = await readSource(entry())
  const packed = packSource(source)
  assert.deepEqual(unpackSource(source.id, source.hash, packed), source)
  const changed = Buffer.from(packed.toString('utf8').replace('ø', 'æ'), 'utf8')
  assert.throws(() => unpackSource(source.id, source.hash, changed), { code: 'route-source-damaged' })
})

test('a set of sources has one name, which changes with any of them', async () => {
  const config = { folder, routes: [join(folder, 'routes')] }
  const { id } = await readFolders(config)
  assert.match(id, /^[0-9a-f]{12}$/)
  assert.equal((await readFolders(config)).id, id)
  await writeFile(join(folder, 'shared', 'deep', 'codes.json'), '["x"]')
  assert.notEqual((await readFolders(config)).id, id)
  await writeFile(join(folder, 'shared', 'deep', 'codes.json'), '["x", "ø"]')
})

test('a missing import is an error that names both files', async () => {
  const broken = join(folder, 'broken.ts')
  await writeFile(broken, `import './nowhere.ts'\n`)
  await assert.rejects(readSource(broken), {
    code: 'route-import-missing',
    message: /broken\.ts imports .*nowhere\.ts/,
  })
})

test('a source becomes files that load outside of the repository, and what was changed there is written anew', async () => {
  const { source } = await readSource(entry())
  const changed: string[] = []
  const revisions = new RevisionFolder(join(folder, 'revisions'), id => changed.push(id))
  const { file, hash } = await revisions.file(source, join(folder, 'routes'))
  assert.equal(hash, source.hash)
  const loaded = (await import(pathToFileURL(file).href)) as { readonly a: number }
  assert.equal(loaded.a, 2)
  await rm(file)
  await writeFile(file, 'export const a = 3\n')
  assert.equal((await revisions.file(source, join(folder, 'routes'))).file, file)
  assert.equal(await readFile(file, 'utf8'), source.files[source.entry])
  assert.equal(changed.length, 1)
})

test('many who ask for one source at once get the same files', async () => {
  const { source } = await readSource(entry())
  const one = new RevisionFolder(join(folder, 'raced'), () => assert.fail('nobody changed it'))
  const other = new RevisionFolder(join(folder, 'raced'), () => assert.fail('nobody changed it'))
  const made = [one, other, one, other].map(async revisions => await revisions.file(source, folder))
  assert.equal(new Set((await Promise.all(made)).map(({ file }) => file)).size, 1)
})
