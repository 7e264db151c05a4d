import type { Engine, Job, MessageDetail, MessageSummary, RouteStatus, RunningRevision } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { describeRoute, encodeBytes, type RouteDefinition } from '@samband/route'

export const knownMessageId = 42

/** An ADT of a synthetic patient (month of birth + 80). */
export const knownBody: Uint8Array = Buffer.from(
  [
    'MSH|^~\\&|EHR|HOSP|LIS|HOSP|20260101120000||ADT^A01^ADT_A01|MSG00001|P|2.5.1|||||NO|8859/1',
    'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NN~4711^^^HOSP^MR||Nordmann^Bj\xf8rn||19690119|M',
    'PV1|1|I|W1^12^2&X',
    '',
  ].join('\r'),
  'latin1',
)

const at = '2026-01-01T12:00:00.000Z'

const summary: MessageSummary = {
  id: knownMessageId,
  receivedAt: at,
  route: 'adt',
  revision: '1.0.0+abcd',
  type: 'ADT^A01',
  controlId: 'MSG00001',
  peer: '127.0.0.1:40000',
  bytes: knownBody.byteLength,
  status: 'delivered',
  destinations: [{ name: 'lis', part: 0, status: 'delivered', attempts: 1 }],
  origin: null,
}

const detail: MessageDetail = {
  ...summary,
  timeline: [
    {
      at,
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
      hasReply: true,
      eventId: 7,
    },
  ],
  descendants: [],
}

const job: Job = {
  id: 5,
  verb: 'reprocess',
  state: 'running',
  total: 3,
  done: 1,
  failed: 0,
  startedAt: at,
  endedAt: null,
  actor: 'anna',
  reason: 'the receiver is back',
  lastError: null,
}

const definition: RouteDefinition = {
  name: 'adt',
  version: '1.0.0',
  owner: 'team-integration',
  purpose: 'treatment',
  description: undefined,
  retention: 'default',
  dependsOn: [],
  limits: {},
  source: { connector: 'mllp', endpoint: 'ehr-in', options: {} },
  parser: undefined,
  dedupe: { key: () => undefined, windowMs: 604_800_000 },
  order: { kind: 'serial' },
  priority: undefined,
  steps: [],
  destinations: [],
  errorPolicy: { deadLetter: 'adt', groupBy: () => '', notify: undefined },
}

const status: RouteStatus = {
  name: 'adt',
  version: '1.0.0',
  revision: '1.0.0+abcd',
  owner: 'team-integration',
  purpose: 'treatment',
  state: 'running',
  source: {
    endpoint: 'ehr-in',
    connector: 'mllp',
    address: 'mllp://127.0.0.1:2575',
    status: 'up',
    connections: 1,
    counters: { received: 12 },
    lastError: null,
    system: 'EHR',
  },
  destinations: [],
  receivedPerSecond: 1.5,
  totals: { received: 12, delivered: 12, filtered: 0, duplicate: 0, dead: 0 },
}

export type FakeEngine = Engine & { readonly acts: unknown[][]; statusReads: number }

/** One route, one message, one job; every act is written down. */
export function fakeEngine(): FakeEngine {
  const acts: unknown[][] = []
  const only = <T>(id: number, value: T): T | undefined => (id === knownMessageId ? value : undefined)
  const running: RunningRevision = {
    description: describeRoute({ ...definition, steps: [step], destinations: [step] }),
    revision: '1.0.0+abcd',
  }
  const engine: FakeEngine = {
    acts,
    statusReads: 0,
    stop: async () => {},
    routes: () => [status],
    plan: async () => ({ routes: [], warnings: [] }),
    apply: async () => ({ routes: [] }),
    description: name => (name === 'adt' ? running : undefined),
    processes: async () => [
      { node: 0, epoch: 3, address: 'unix:/tmp/1.sock', self: true, lanesOwned: 32, startedAt: at },
      { node: 1, epoch: 4, address: 'unix:/tmp/2.sock', self: false, lanesOwned: 32, startedAt: at },
    ],
    counts: async () => {
      engine.statusReads += 1
      return { deadLetters: 2, refusals: 1 }
    },
    searchMessages: async search => {
      acts.push(['search', search])
      return { items: [summary], nextCursor: null }
    },
    message: async id => only(id, detail),
    bodyStream: async () => undefined,
    body: async id => only(id, { bytes: knownBody, attributes: { 'mllp.peer': '127.0.0.1' } }),
    eventBodies: async (id, eventId) =>
      id === knownMessageId && eventId === 7
        ? { output: { bytes: knownBody, attributes: {} }, reply: Buffer.from('MSH|^~\\&|LIS\rMSA|AA|MSG00001\r') }
        : undefined,
    trace: async id =>
      only(id, {
        revision: '1.0.0+abcd',
        exact: true,
        steps: [
          { name: 'lis', kind: 'to', outcome: 'output', text: null, after: knownBody },
          { name: 'json', kind: 'map', outcome: 'passed', text: null, after: '{}' },
        ],
      }),
    act: async (verb, messageId, request, actor) => {
      if (messageId !== knownMessageId) {
        throw new SambandError({ code: 'message-unknown', category: 'not-found', message: 'there is no such message' })
      }
      acts.push([verb, messageId, request, actor])
      return { messageId, newMessageId: verb === 'edit' ? 43 : null }
    },
    deadLetterGroups: async () => [],
    deadLetters: async () => ({ items: [], nextCursor: null }),
    previewJob: async () => ({ count: 3, sample: [summary] }),
    startJob: async (request, actor) => {
      acts.push(['job', request, actor])
      return job
    },
    jobs: async () => [job],
    controlJob: async () => job,
    refusals: async () => ({ items: [], nextCursor: null }),
    refusalBody: async id => (id === 9 ? Buffer.from('junk') : undefined),
    prune: async () => ({ dropped: [], kept: [] }),
  }
  return engine
}

const step: RouteDefinition['destinations'][number] = {
  kind: 'to',
  name: 'lis',
  destination: { connector: 'mllp', endpoint: 'lis-out', options: {}, encode: () => encodeBytes('') },
  map: undefined,
  when: () => true,
  retry: { attempts: 8, backoffMs: 500, maxMs: 300_000, on: ['unavailable', 'busy'] },
  onExhausted: 'dead-letter',
  expiryMs: undefined,
}
