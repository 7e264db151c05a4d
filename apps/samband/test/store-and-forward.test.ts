import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createOperationsClient, type OperationsClient } from '@samband/operations/client'
import type { MessageSummary } from '@samband/operations/contract'
import { testDatabase, type TestDatabase } from '@samband/store'
import { type Deployment, deployment, projectRoot, type RunningCli, samband, startSamband } from './cli.ts'

const messages = join(projectRoot, '..', 'shared', 'data', 'hl7v2', 'messages')
const skip = existsSync(messages) ? false : `${messages} is not here`

let database: TestDatabase
let place: Deployment
let server: RunningCli
let client: OperationsClient
before(async () => {
  database = await testDatabase()
  place = await deployment()
  server = await startSamband(['--config', place.config], { env: { SAMBAND_DATABASE_URL: database.url } })
  const file = JSON.parse(await readFile(join(place.folder, '.samband', 'server.json'), 'utf8')) as { token: string }
  client = createOperationsClient({ url: server.facts.url, token: file.token })
})
after(async () => {
  await server.stop()
  await place.remove()
  await database.close()
})

type ResultRow = { kind: string; code: string; accepted: boolean; text: string | null }

function receiver(): string {
  const address = server.facts.sources[0]?.address
  assert.ok(address)
  return address
}

test('every message of the public suites is answered, and what is stored is byte for byte what was sent', {
  skip,
}, async () => {
  const sent = await samband(['send', messages, '--to', receiver(), '--connections', '4', '--json'])
  assert.equal(sent.stderr, '')
  const rows = sent.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as ResultRow)
  const answers = rows.filter(({ kind }) => kind === 'message')
  const expected = await bodiesOf(messages)
  assert.equal(answers.length, expected.length)
  for (const { code, text } of answers) {
    assert.match(code, /^[AC][AER]$/)
    if (!code.endsWith('A')) assert.ok((text ?? '').length > 5, 'a refusal says why')
  }
  const accepted = answers.filter(answer => answer.accepted).length
  assert.equal(sent.code, accepted === answers.length ? 0 : 5)
  const stored = await storedBodies()
  assert.equal(stored.length, accepted)
  const left = counted(expected)
  for (const body of stored) {
    const count = left.get(body) ?? 0
    assert.ok(count > 0, 'a stored message was not sent like that')
    left.set(body, count - 1)
  }
})

test('what was stored was also forwarded, unchanged', { skip }, async () => {
  const stored = counted(await storedBodies())
  const archive = join(place.folder, 'archive')
  await settled()
  for (const name of await readdir(archive)) {
    const body = await readFile(join(archive, name), 'base64')
    const count = stored.get(body) ?? 0
    assert.ok(count > 0, `${name} is not what was stored`)
    stored.set(body, count - 1)
  }
  assert.ok([...stored.values()].every(count => count === 0))
})

async function bodiesOf(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.jsonl')).toSorted()
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  return texts
    .flatMap(text => text.split('\n').filter(line => line !== ''))
    .map(line => Buffer.from((JSON.parse(line) as { msg: string }).msg).toString('base64'))
}

async function storedBodies(): Promise<string[]> {
  const found = await allMessages()
  const bodies: string[] = []
  for (let at = 0; at < found.length; at += 16) {
    const part = await Promise.all(found.slice(at, at + 16).map(({ id }) => client.body(id)))
    bodies.push(...part.map(({ bytesBase64 }) => bytesBase64))
  }
  return bodies
}

async function allMessages(): Promise<MessageSummary[]> {
  const found: MessageSummary[] = []
  let cursor: string | undefined
  do {
    const page = await client.searchMessages({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return found
}

/** Until every message has left, by asking; the test's own time limit bounds it. */
async function settled(): Promise<void> {
  while ((await allMessages()).some(({ status }) => status === 'waiting')) await new Promise(done => setImmediate(done))
}

function counted(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
