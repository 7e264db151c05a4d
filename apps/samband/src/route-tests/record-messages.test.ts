import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hl7v2, mllp } from '@samband/connectors'
import type { BodyView, MessageDetail, TimelineEntry } from '@samband/operations/contract'
import { drop, route, type RouteDefinition } from '@samband/route'
import { openFixtureShelf } from './fixture-shelf.ts'
import { type Recorded, recordMessage, type RecordOptions } from './record-messages.ts'

const facts = { version: '1.0.0', owner: 'team', purpose: 'treatment' }
const admission =
  'MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01|M1|P|2.5\rPID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Nordmann^Kari\r'

const forward: RouteDefinition = route('adt', facts)
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .filter('admissions', m => (m.type === 'ADT^A01' ? true : drop('no admission')))
  .to('lis', mllp({ endpoint: 'lis' }))
  .onError({ deadLetter: 'adt' })

/** As nobody should write one: it knows somebody by heart. */
const leaking: RouteDefinition = route('adt', facts)
  .from(mllp({ endpoint: 'in' }))
  .parse(hl7v2())
  .map('rename', m => {
    m.set('PID-9', 'Nordmann')
    return m
  })
  .to('lis', mllp({ endpoint: 'lis' }))
  .onError({ deadLetter: 'adt' })

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samband-record-'))
})
after(() => rm(folder, { recursive: true }))

function view(text: string): BodyView {
  return { bytesBase64: Buffer.from(text).toString('base64'), text, charset: 'utf-8', attributes: {} }
}

const delivered: TimelineEntry = {
  at: '2026-01-15T10:00:00Z',
  kind: 'delivered',
  destination: 'lis',
  part: 0,
  step: null,
  attempt: 1,
  code: 'AA',
  text: null,
  actor: null,
  reason: null,
  hasOutput: true,
  hasReply: false,
  eventId: 2,
}

type Server = { readonly body?: string; readonly sent?: string; readonly route?: string }

/** A server that has one message, and sent something of it. */
function client({ body = admission, sent = body, route: name = 'adt' }: Server): RecordOptions['client'] {
  const detail: MessageDetail = {
    id: 1,
    receivedAt: '2026-01-15T10:00:00Z',
    route: name,
    revision: '1.0.0+a',
    type: 'ADT^A01',
    controlId: 'M1',
    peer: '127.0.0.1:1',
    bytes: body.length,
    status: 'delivered',
    destinations: [],
    origin: null,
    timeline: [delivered],
    descendants: [],
  }
  return {
    message: () => Promise.resolve(detail),
    body: () => Promise.resolve(view(body)),
    event: () => Promise.resolve({ output: view(sent), reply: null }),
  }
}

async function recorded(server: Server, options: Partial<RecordOptions> = {}): Promise<Recorded & { in: string }> {
  const fixtures = join(folder, crypto.randomUUID())
  const result = await recordMessage(
    {
      client: client(server),
      route: { definition: forward, revision: '1.0.0+b' },
      shelf: await openFixtureShelf(fixtures, 'adt'),
      redaction: {
        keyedHash: text => createHmac('sha256', 'a key of the tests').update(text).digest(),
        rules: [],
        keepUncovered: false,
      },
      keepIdentifiers: undefined,
      force: false,
      live: undefined,
      now: new Date('2026-01-15T10:00:00Z'),
      ...options,
    },
    1,
  )
  return { ...result, in: fixtures }
}

function refusal(result: Recorded): string {
  assert.equal(result.kind, 'refused')
  return result.text
}

test('what cannot be read as HL7 v2 is not written, but where identifiers are kept and one insists', async () => {
  const body = '{"name":"Kari Nordmann"}'
  for (const options of [{}, { force: true }, { keepIdentifiers: 'a test' }]) {
    const result = await recorded({ body }, options)
    assert.match(refusal(result), /cannot be read as HL7 v2, and so not be redacted/)
    await assert.rejects(readdir(result.in), { code: 'ENOENT' })
  }
  const kept = await recorded({ body }, { force: true, keepIdentifiers: 'synthetic' })
  assert.equal(kept.kind, 'recorded')
  assert.equal(await readFile(join(kept.fixture.folder, 'input.json'), 'utf8'), body)
  assert.deepEqual([kept.fixture.name, kept.fixture.expected.failure?.code], ['unreadable-1', 'parse-failed'])
})

test('a message of another route is refused', async () => {
  assert.match(refusal(await recorded({ route: 'other' })), /belongs to the route other/)
})

test('a route that brings a name back keeps its message from being written, and the name is not said', async () => {
  const result = await recorded({}, { route: { definition: leaking, revision: 'r' } })
  assert.equal(refusal(result), 'the output for lis still holds what stood in PID-5.1')
  await assert.rejects(readdir(result.in), { code: 'ENOENT' })
})

test('what the route makes of the real message is compared with what went out, by path and without values', async () => {
  const went = async (sent: string): Promise<readonly string[] | undefined> => {
    const result = await recorded({ sent })
    return result.kind === 'recorded' ? result.went : assert.fail(result.kind)
  }
  assert.deepEqual(await went(admission), [])
  assert.deepEqual(await went(admission.replace('Kari', 'Ola')), ['lis: other content in PID-5.2'])
  assert.deepEqual(await went('something else'), ['lis: other bytes'])
  const dropped = await recorded({ body: admission.replace('ADT^A01', 'ADT^A02'), sent: admission })
  assert.deepEqual(dropped.kind === 'recorded' && dropped.went, ['lis: would not go out now'])
})
