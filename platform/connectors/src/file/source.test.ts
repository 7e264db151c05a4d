import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { SourceHandle } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { FakeIntake } from '../../test/fake-intake.ts'
import { adt } from '../../test/mllp-peer.ts'
import { openSource, stateBecomes } from '../../test/open.ts'
import { fileSource } from './source.ts'

type Setting = {
  intake: FakeIntake
  folder: string
  put: (name: string, text: string) => Promise<void>
  start: (config?: object) => Promise<SourceHandle>
}

async function setUp(t: TestContext): Promise<Setting> {
  const root = await mkdtemp(join(tmpdir(), 'samband-file-'))
  const folder = join(root, 'in')
  await mkdir(folder)
  const intake = new FakeIntake()
  const opened: SourceHandle[] = []
  t.after(async () => {
    for (const source of opened) await source.close()
    await rm(root, { recursive: true })
  })
  return {
    intake,
    folder,
    put: (name, text) => writeFile(join(folder, name), text),
    start: async config => {
      const source = await openSource(fileSource, { folder, stableFor: '0s', pollInterval: '20ms', ...config }, intake)
      opened.push(source)
      return source
    },
  }
}

function moved(count: number): (state: ReturnType<SourceHandle['state']>) => boolean {
  return state => (state.counters['moved'] ?? 0) >= count
}

test('files are stored in the order of their names and moved to the archive after their commit', async t => {
  const { intake, folder, put, start } = await setUp(t)
  for (const name of ['b.hl7', 'a.hl7', 'c.hl7']) await put(name, `content of ${name}`)
  const commit = Promise.withResolvers<void>()
  const submitted = Promise.withResolvers<void>()
  intake.commit = () => {
    submitted.resolve()
    return commit.promise
  }
  const source = await start()
  await submitted.promise
  assert.deepEqual((await readdir(folder)).sort(), ['a.hl7', 'b.hl7', 'c.hl7'])
  commit.resolve()
  await stateBecomes(source, moved(3))
  assert.deepEqual(intake.texts, ['content of a.hl7', 'content of b.hl7', 'content of c.hl7'])
  assert.deepEqual(intake.stored[0]?.attributes, { 'file.name': 'a.hl7' })
  assert.equal(intake.stored[0]?.peer, 'a.hl7')
  assert.deepEqual(await readdir(folder), ['archive'])
  assert.deepEqual((await readdir(join(folder, 'archive'))).sort(), ['a.hl7', 'b.hl7', 'c.hl7'])
})

test('order "modified" takes the oldest first', async t => {
  const { intake, folder, put, start } = await setUp(t)
  for (const [index, name] of ['c', 'b', 'a'].entries()) {
    await put(name, name)
    await utimes(join(folder, name), 1_000_000 + index, 1_000_000 + index)
  }
  await stateBecomes(await start({ order: 'modified' }), moved(3))
  assert.deepEqual(intake.texts, ['c', 'b', 'a'])
})

test('a change is noticed before the next poll', async t => {
  const { intake, put, start } = await setUp(t)
  const source = await start({ pollInterval: '1h' })
  await stateBecomes(source, state => state.status === 'up')
  await put('late.hl7', 'x')
  await intake.handled(1)
})

test('a file that is still being written is not taken, and holds back those after it', async t => {
  const { intake, folder, put, start } = await setUp(t)
  await put('a', '1')
  await put('b', 'second')
  const source = await start({ stableFor: '500ms' })
  for (let index = 0; index < 8; index++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    await appendFile(join(folder, 'a'), '1')
    assert.equal(intake.stored.length, 0)
  }
  await stateBecomes(source, moved(2))
  assert.deepEqual(intake.texts, ['111111111', 'second'])
})

test('files that came together settle together', async t => {
  const { intake, put, start } = await setUp(t)
  for (let index = 10; index < 50; index++) await put(`f${index}`, String(index))
  const begun = performance.now()
  await stateBecomes(await start({ stableFor: '300ms' }), moved(40))
  assert.deepEqual(
    intake.texts,
    Array.from({ length: 40 }, (_, index) => String(index + 10)),
  )
  // One after another would take 40 times 300 ms.
  assert.ok(performance.now() - begun < 6_000)
})

test('what cannot be stored now stays and is taken later, in order; nothing after it is', async t => {
  const { intake, folder, put, start } = await setUp(t)
  for (const name of ['a', 'b']) await put(name, name)
  let down = true
  intake.commit = () =>
    down
      ? Promise.reject(
          new SambandError({ code: 'store-down', category: 'unavailable', message: 'The database is down' }),
        )
      : Promise.resolve()
  const source = await start()
  await stateBecomes(source, state => (state.counters['store-down'] ?? 0) >= 2)
  assert.deepEqual((await readdir(folder)).sort(), ['a', 'b'])
  assert.deepEqual(intake.refused, [])
  down = false
  await stateBecomes(source, moved(2))
  assert.deepEqual(intake.texts, ['a', 'b'])
})

test('what is refused for good goes to the error folder and is recorded with its bytes', async t => {
  const { intake, folder, put, start } = await setUp(t)
  await put('a', 'bad')
  await put('b', 'good')
  intake.commit = ({ bytes }) =>
    Buffer.from(bytes).toString() === 'bad'
      ? Promise.reject(new SambandError({ code: 'test-bad', category: 'incorrect', message: 'Bad' }))
      : Promise.resolve()
  await stateBecomes(await start(), moved(2))
  assert.deepEqual(await readdir(join(folder, 'error')), ['a'])
  assert.deepEqual(await readdir(join(folder, 'archive')), ['b'])
  assert.deepEqual(
    intake.refused.map(({ code, peer, bytes }) => [code, peer, Buffer.from(bytes ?? []).toString()]),
    [['test-bad', 'a', 'bad']],
  )
})

test('files too large and symbolic links are refused; hidden files, folders and other names are left alone', async t => {
  const { intake, folder, put, start } = await setUp(t)
  await writeFile(join(folder, '..', 'secret'), 'outside')
  await symlink(join(folder, '..', 'secret'), join(folder, 'link.hl7'))
  await put('large.hl7', 'x'.repeat(200))
  await put('.hidden.hl7', 'x')
  await put('notes.txt', 'x')
  await mkdir(join(folder, 'sub.hl7'))
  await put('ok.hl7', 'ok')
  const source = await start({ fileBytesMax: 100, pattern: '*.hl7' })
  await stateBecomes(source, moved(2))
  await stateBecomes(source, state => (state.counters['file-is-link'] ?? 0) === 1)
  assert.deepEqual(intake.texts, ['ok'])
  assert.deepEqual(intake.refused.map(refusal => refusal.code).sort(), ['file-is-link', 'file-too-large'])
  assert.deepEqual((await readdir(folder)).sort(), [
    '.hidden.hl7',
    'archive',
    'error',
    'link.hl7',
    'notes.txt',
    'sub.hl7',
  ])
  assert.deepEqual(await readdir(join(folder, 'error')), ['large.hl7'])
})

test('an archive never overwrites: the same name again gets a number', async t => {
  const { folder, put, start } = await setUp(t)
  const source = await start()
  for (let round = 1; round <= 3; round++) {
    await put('same.hl7', `round ${round}`)
    await stateBecomes(source, moved(round))
  }
  assert.deepEqual((await readdir(join(folder, 'archive'))).sort(), ['same-1.hl7', 'same-2.hl7', 'same.hl7'])
  assert.equal(await readFile(join(folder, 'archive', 'same-2.hl7'), 'utf8'), 'round 3')
})

test('a file that cannot be moved away is not stored twice, and moved when it can be', async t => {
  const { intake, folder, put, start } = await setUp(t)
  await writeFile(join(folder, '..', 'blocked'), 'a file where the archive should be')
  await put('a', 'x')
  const source = await start({ archiveFolder: join(folder, '..', 'blocked') })
  await stateBecomes(source, state => (state.counters['file-not-moved'] ?? 0) >= 3)
  assert.equal(intake.stored.length, 1)
  await rm(join(folder, '..', 'blocked'))
  await stateBecomes(source, moved(1))
  assert.equal(intake.stored.length, 1)
})

test('a folder that is lost is reported, and taken up again when it is back', async t => {
  const { intake, folder, put, start } = await setUp(t)
  const source = await start()
  await stateBecomes(source, state => state.status === 'up')
  await rename(folder, `${folder}-away`)
  await stateBecomes(source, state => state.status === 'down')
  assert.equal(source.state().lastError?.code, 'file-folder-lost')
  await rename(`${folder}-away`, folder)
  await put('a', 'x')
  await intake.handled(1)
  assert.equal(source.state().status, 'up')
})

test('a batch is split into its messages in order, without its headers and trailers', async t => {
  const { intake, put, start } = await setUp(t)
  const batch = ['FHS|^~\\&|A', 'BHS|^~\\&|A', adt('C1'), adt('C2'), 'BTS|2', 'FTS|1', ''].join('\r')
  await put('batch.hl7', batch)
  await stateBecomes(await start({ split: 'hl7-batch' }), moved(1))
  assert.deepEqual(intake.texts, [`${adt('C1')}\r`, `${adt('C2')}\r`])
  assert.deepEqual(
    intake.stored.map(each => each.attributes?.['file.message']),
    ['1', '2'],
  )
})

test('a batch that was stored in part goes on where it stopped', async t => {
  const { intake, put, start } = await setUp(t)
  await put('batch.hl7', [adt('C1'), adt('C2'), adt('C3')].join('\r'))
  let failures = 2
  intake.commit = ({ bytes }) =>
    Buffer.from(bytes).includes('|C2|') && failures-- > 0
      ? Promise.reject(new SambandError({ code: 'store-down', category: 'unavailable', message: 'Down' }))
      : Promise.resolve()
  await stateBecomes(await start({ split: 'hl7-batch' }), moved(1))
  assert.deepEqual(
    intake.texts.map(text => /\|(C\d)\|/.exec(text)?.[1]),
    ['C1', 'C2', 'C3'],
  )
})

test('a file to be split that holds no message is refused', async t => {
  const { intake, folder, put, start } = await setUp(t)
  await put('a.txt', 'no message at all')
  await stateBecomes(await start({ split: 'hl7-batch' }), moved(1))
  assert.equal(intake.refused[0]?.code, 'file-part-unknown')
  assert.deepEqual(await readdir(join(folder, 'error')), ['a.txt'])
})

test('an empty file waits for its content, and is refused when none comes', async t => {
  const { intake, folder, put, start } = await setUp(t)
  await put('a', '')
  await put('b', '')
  const source = await start({ growingMax: '800ms' })
  await stateBecomes(source, state => state.status === 'up')
  await put('a', 'content')
  await stateBecomes(source, moved(2))
  assert.deepEqual(intake.texts, ['content'])
  assert.deepEqual(
    intake.refused.map(({ code, peer }) => [code, peer]),
    [['file-empty', 'b']],
  )
  assert.deepEqual(await readdir(join(folder, 'error')), ['b'])
})

test('close waits for the file under way, and takes no other', async t => {
  const { intake, folder, put, start } = await setUp(t)
  for (const name of ['a', 'b']) await put(name, name)
  const gate = Promise.withResolvers<void>()
  const submitted = Promise.withResolvers<void>()
  intake.commit = () => {
    submitted.resolve()
    return gate.promise
  }
  const source = await start()
  await submitted.promise
  const closing = source.close()
  gate.resolve()
  await closing
  assert.deepEqual(intake.texts, ['a'])
  assert.deepEqual((await readdir(folder)).sort(), ['archive', 'b'])
})
