import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { DestinationHandle } from '@samband/engine'
import { SambandError } from '@samband/errors'
import fc from 'fast-check'
import { openDestination, outgoing } from '../../test/open.ts'
import { file } from './descriptor.ts'
import { fileDestination } from './destination.ts'
import { nameForKey, safeFileName } from './safe-name.ts'

async function open(t: TestContext, config: object = {}): Promise<{ folder: string; destination: DestinationHandle }> {
  const folder = await mkdtemp(join(tmpdir(), 'samband-file-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return { folder, destination: await openDestination(fileDestination, { folder, ...config }) }
}

test('a message becomes a file, whole, with its permissions, and nothing is left beside it', async t => {
  const { folder, destination } = await open(t)
  assert.deepEqual(await destination.send(outgoing('content', { 'file.name': 'a.hl7' })), { code: 'written' })
  assert.deepEqual(await readdir(folder), ['a.hl7'])
  assert.equal(await readFile(join(folder, 'a.hl7'), 'utf8'), 'content')
  assert.equal((await stat(join(folder, 'a.hl7'))).mode & 0o777, 0o640)
})

test('without a name, the delivery has its key as name, and another attempt replaces the first', async t => {
  const { folder, destination } = await open(t)
  await destination.send(outgoing('first', {}, '17/hub'))
  await destination.send(outgoing('again', {}, '17/hub'))
  const names = await readdir(folder)
  assert.equal(names.length, 1)
  assert.match(names[0] ?? '', /^17_hub-[0-9a-f]{12}\.hl7$/)
  assert.equal(await readFile(join(folder, names[0] ?? ''), 'utf8'), 'again')
})

test('a taken name gets a number, is replaced, or is a conflict, as configured', async t => {
  const number = await open(t)
  const replace = await open(t, { collision: 'replace' })
  const fail = await open(t, { collision: 'fail' })
  for (const { destination } of [number, replace, fail])
    await destination.send(outgoing('1', { 'file.name': 'a.b.hl7' }, 'k1'))
  for (const { destination } of [number, replace])
    await destination.send(outgoing('2', { 'file.name': 'a.b.hl7' }, 'k2'))
  assert.deepEqual((await readdir(number.folder)).sort(), ['a.b-1.hl7', 'a.b.hl7'])
  assert.equal(await readFile(join(replace.folder, 'a.b.hl7'), 'utf8'), '2')
  await assert.rejects(
    fail.destination.send(outgoing('2', { 'file.name': 'a.b.hl7' }, 'k2')),
    (error: unknown) => error instanceof SambandError && error.category === 'conflict',
  )
  assert.deepEqual(await readdir(fail.folder), ['a.b.hl7'])
  assert.equal(await readFile(join(fail.folder, 'a.b.hl7'), 'utf8'), '1')
})

test('a name cannot leave the folder', async t => {
  const { folder, destination } = await open(t)
  await mkdir(join(folder, 'sub'))
  for (const name of ['../evil', '/etc/evil', 'sub/evil', '..\\evil', '.evil', 'a\0b', 'CON.txt']) {
    await destination.send(outgoing('x', { 'file.name': name }, name))
  }
  const expected = ['_CON.txt', '_etc_evil', '_evil', '_evil-1', 'a_b', 'evil', 'sub', 'sub_evil']
  assert.deepEqual((await readdir(folder)).sort(), expected)
  assert.deepEqual(await readdir(join(folder, 'sub')), [])
})

test('a name of nothing usable is incorrect', async t => {
  const { destination } = await open(t)
  for (const name of ['', '..', '///']) {
    await assert.rejects(
      destination.send(outgoing('x', { 'file.name': name })),
      (error: unknown) => error instanceof SambandError && error.category === 'incorrect',
    )
  }
})

test('whatever the name, it is one path element of bounded length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), wanted => {
      const name = safeFileName(wanted)
      if (name === undefined) return
      assert.match(name, /^[^/\\\0.][^/\\\0]*$/u)
      assert.ok(Buffer.byteLength(name) <= 201)
    }),
  )
})

test('different keys have different names', () => {
  assert.equal(nameForKey('17-hub'), '17-hub')
  assert.notEqual(nameForKey('17/hub'), nameForKey('17:hub'))
  assert.notEqual(nameForKey('/'), nameForKey(':'))
})

test('a folder that is lost is unavailable, and written to when it is back', async t => {
  const { folder, destination } = await open(t)
  await rm(folder, { recursive: true })
  await assert.rejects(destination.send(outgoing('x')), (error: unknown) => {
    assert.ok(error instanceof SambandError)
    assert.deepEqual([error.code, error.category], ['file-not-written', 'unavailable'])
    return true
  })
  assert.equal(destination.state().status, 'down')
  await mkdir(folder)
  await destination.send(outgoing('x'))
  assert.equal(destination.state().status, 'up')
})

test('a link that lies where the hidden file would be written is not followed', async t => {
  const { folder, destination } = await open(t)
  const victim = join(folder, 'victim')
  await writeFile(victim, 'untouched')
  await destination.send(outgoing('x', {}, 'k'))
  // The hidden name is known only to who knows the key; the digest is repeated here to prove the point.
  const { createHash } = await import('node:crypto')
  await symlink(victim, join(folder, `.samband-${createHash('sha256').update('k').digest('hex').slice(0, 24)}.tmp`))
  await assert.rejects(destination.send(outgoing('evil', {}, 'k')), SambandError)
  assert.equal(await readFile(victim, 'utf8'), 'untouched')
})

test('the route names the file from the item', async t => {
  const { folder, destination } = await open(t)
  const out = file<string>({ endpoint: 'export', fileName: item => `${item.length}.txt` })
  const encoded = out.encode('hello')
  await destination.send({ ...outgoing(''), ...encoded })
  assert.deepEqual(await readdir(folder), ['5.txt'])
  assert.ok(Object.isFrozen(out))
})

test('a folder that is closed to us is unavailable', {
  skip: process.getuid?.() === 0 ? 'root writes everywhere' : false,
}, async t => {
  const { folder, destination } = await open(t)
  await chmod(folder, 0o500)
  await assert.rejects(
    destination.send(outgoing('x')),
    (error: unknown) => error instanceof SambandError && error.category === 'unavailable',
  )
  await chmod(folder, 0o700)
})
