import { SambandError } from '@samband/errors'
import {
  type DestinationDescriptor,
  encodeBytes,
  type Parser,
  type Raw,
  type RouteDefinition,
  type SourceDescriptor,
} from '@samband/route'
import {
  createMasterKey,
  type Database,
  type MasterKey,
  openKeyRing,
  type TestDatabase,
  type TestDatabaseOptions,
  testDatabase,
} from '@samband/store'
import {
  type Connector,
  type Engine,
  type EngineLimits,
  type EngineOptions,
  type Intake,
  type Log,
  type Outgoing,
  type RouteFile,
  startEngine,
} from '../src/index.ts'

/** A message of the tests: 'key|control id|text'. Stands for a standard, so that the engine is tested without one. */
export type Note = { readonly key: string; readonly controlId: string; readonly text: string }

export const notes: Parser<Note> = {
  name: 'note',
  parse: (raw: Raw) => {
    const text = new TextDecoder().decode(raw.bytes)
    const [key, controlId, ...rest] = text.split('|')
    if (key === undefined || controlId === undefined) {
      return { ok: false, issues: [{ code: 'note-malformed', severity: 'error', text: 'no key or control id' }] }
    }
    return { ok: true, value: { key, controlId, text: rest.join('|') }, issues: [] }
  },
  describe: bytes => {
    const [key, controlId] = new TextDecoder().decode(bytes).split('|')
    return {
      type: 'NOTE',
      ...(controlId === undefined ? {} : { controlId }),
      ...(key === undefined ? {} : { patientIds: [key] }),
    }
  },
}

export function memory(endpoint: string): SourceDescriptor & DestinationDescriptor<Raw | Uint8Array | string> {
  return Object.freeze({ connector: 'memory', endpoint, options: {}, encode: encodeBytes })
}

export type Receiver = {
  readonly received: { readonly text: string; readonly key: string; readonly outgoing: Outgoing }[]
  /** What the receiver does with the next message; default: takes it. */
  answer: (text: string, outgoing: Outgoing) => Promise<void> | undefined
  window: number
  /** Resolves when so many have been received. */
  readonly count: (wanted: number) => Promise<void>
}

/** Systems at the other ends, in memory: a port of the engine, not a replacement of anything behind it. */
export class Peers {
  readonly intakes: Map<string, Intake> = new Map()
  readonly #receivers: Map<string, Receiver>
  readonly #waiting: { receiver: Receiver; wanted: number; resolve: () => void }[]

  /** `shared`: whose receivers these senders' messages go to. */
  constructor(shared?: Peers) {
    this.#receivers = shared === undefined ? new Map<string, Receiver>() : shared.#receivers
    this.#waiting = shared === undefined ? [] : shared.#waiting
  }

  receiver(endpoint: string): Receiver {
    let receiver = this.#receivers.get(endpoint)
    if (receiver === undefined) {
      const created: Receiver = {
        received: [],
        answer: () => undefined,
        window: 4,
        count: wanted =>
          new Promise(resolve => {
            if (created.received.length >= wanted) resolve()
            else this.#waiting.push({ receiver: created, wanted, resolve })
          }),
      }
      receiver = created
      this.#receivers.set(endpoint, receiver)
    }
    return receiver
  }

  readonly connector: Connector = {
    name: 'memory',
    source: {
      parseConfig: () => ({ ok: true, config: {} }),
      open: async ({ endpoint, intake }) => {
        this.intakes.set(endpoint, intake)
        return {
          address: `memory:${endpoint}`,
          state: () => ({ status: 'up', connections: 0, counters: {} }),
          close: async () => {},
        }
      },
    },
    destination: {
      parseConfig: () => ({ ok: true, config: {} }),
      open: async ({ endpoint }) => {
        const receiver = this.receiver(endpoint)
        return {
          address: `memory:${endpoint}`,
          window: receiver.window,
          send: async outgoing => {
            const text = new TextDecoder().decode(outgoing.bytes)
            await receiver.answer(text, outgoing)
            receiver.received.push({ text, key: text.split('|')[0] ?? '', outgoing })
            for (const waiting of this.#waiting) {
              if (waiting.receiver === receiver && receiver.received.length >= waiting.wanted) waiting.resolve()
            }
            return { code: 'AA', bytes: new TextEncoder().encode('ok') }
          },
          state: () => ({ status: 'up', connections: 1, counters: {} }),
          close: async () => {},
        }
      },
    },
  }

  async send(endpoint: string, text: string): Promise<number> {
    const intake = this.intakes.get(endpoint)
    if (intake === undefined) throw new Error(`no source at ${endpoint}`)
    return (await intake.submit({ bytes: new TextEncoder().encode(text), peer: 'test' })).messageId
  }
}

export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} }
export const masterKey: MasterKey = createMasterKey(Buffer.alloc(32, 7), 'the test')

export type World = {
  readonly peers: Peers
  readonly db: Database
  readonly start: (routes: readonly RouteDefinition[], extra?: Extra) => Promise<Engine>
  /** Routes from files, in threads. */
  readonly startFiles: (routes: readonly RouteFile[], extra?: Extra) => Promise<Engine>
  readonly close: () => Promise<void>
}
type Extra = {
  /** Another way to the same database. */
  readonly db?: Database
  readonly limits?: Partial<EngineLimits>
  readonly capabilities?: Record<string, unknown>
  readonly log?: Log
  readonly clock?: () => number
  readonly retention?: EngineOptions['retention']
  readonly peers?: EngineOptions['peers']
  readonly membership?: EngineOptions['membership']
  readonly connector?: Connector
}

/** A database of its own; `start` may be called again after `stop` to see what a restart does. */
export async function world(options: TestDatabaseOptions = {}): Promise<World> {
  const database: TestDatabase = await testDatabase(options)
  const peers = new Peers()
  const engines: Engine[] = []
  const start = async (routes: EngineOptions['routes'], extra: Extra = {}): Promise<Engine> => {
    const engine = await startEngine({
      db: extra.db ?? database.db,
      keys: await openKeyRing({ db: extra.db ?? database.db, masterKey, tenant: 1 }),
      tenant: 1,
      routes,
      connectors: [extra.connector ?? peers.connector],
      ...(extra.peers === undefined ? {} : { peers: extra.peers }),
      ...(extra.membership === undefined ? {} : { membership: extra.membership }),
      endpoints: Object.fromEntries(['in', 'out', 'other', 'second'].map(name => [name, { connector: 'memory' }])),
      capabilities: extra.capabilities ?? {},
      log: extra.log ?? silent,
      ...(extra.retention === undefined ? {} : { retention: extra.retention }),
      ...(extra.limits === undefined ? {} : { limits: extra.limits }),
      ...(extra.clock === undefined ? {} : { clock: extra.clock }),
    })
    engines.push(engine)
    return engine
  }
  return {
    peers,
    db: database.db,
    start: (routes, extra) =>
      start(
        routes.map(definition => ({ definition, revision: `${definition.version}+test` })),
        extra,
      ),
    startFiles: start,
    close: async () => {
      await Promise.all(engines.map(engine => engine.stop()))
      await database.close()
    },
  }
}

export function failure(category: SambandError['category'], code = `test-${category}`): SambandError {
  return new SambandError({ code, category, message: `the receiver is ${category}` })
}

/** Asks until the answer is right; fails after `limitMs` with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  right: (answer: T) => boolean,
  limitMs = 10_000,
): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (right(answer)) return answer
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms; last answer: ${JSON.stringify(answer)}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
