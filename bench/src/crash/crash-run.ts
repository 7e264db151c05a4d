import { freePort } from '../load/ports.ts'
import { Sender } from '../load/sender.ts'
import { SentLog } from '../load/sent-log.ts'
import { sleep, until } from '../load/waiting.ts'
import { makeEngineFolder } from '../mllp/engine-folder.ts'
import { CrashDatabase } from './crash-database.ts'
import { CrashReceiver } from './crash-receiver.ts'
import { EngineFleet } from './engine-fleet.ts'
import { FaultLog } from './fault-log.ts'
import { Faults } from './faults.ts'
import { Link } from './link.ts'
import { SideEffects } from './side-effects.ts'
import { Random } from '../load/random.ts'

export type CrashOptions = {
  readonly kills: number
  /** Acknowledged messages at least. */
  readonly messages: number
  readonly seconds: number
  readonly connections: number
  /** Engine processes on the one database. */
  readonly processes: number
  readonly seed: number
  readonly progress: (text: string) => void
}

export type CrashRow = {
  readonly test: 'crash'
  readonly seed: number
  readonly processes: number
  readonly seconds: number
  /** Engines and databases killed. */
  readonly kills: number
  readonly faults: Readonly<Record<string, number>>
  readonly acknowledged: number
  readonly delivered: number
  /** Acknowledged and never delivered. */
  readonly lost: number
  readonly outOfOrder: number
  readonly duplicates: number
  /** Duplicates with their reason: see crash-receiver.ts. */
  readonly duplicatesInFlight: { readonly unanswered: number; readonly unsettled: number; readonly resent: number }
  /** Duplicates without one. */
  readonly duplicatesOther: number
  /** Arrivals that nobody sent. */
  readonly unknown: number
  /** Sends again, and negative answers that senders got. */
  readonly resends: number
  readonly negativeAnswers: number
  /** Refused by the receiver for good, and found as dead letters. */
  readonly rejected: number
  readonly deadLetters: number
  /** Deliveries into the engine's own database, and those that did not take effect exactly once. */
  readonly sideEffects: number
  readonly sideEffectsWrong: number
  readonly recoveryMs: { readonly p50: number; readonly max: number }
  readonly unexpectedExits: number
  /** Engine processes that ended because the others took them for dead. */
  readonly deposed: number
  /** Lines of the engines' error log, by event. */
  readonly troubles: Readonly<Record<string, number>>
  /** Largest memory of the test itself. */
  readonly testRssMb: number
}

const keysPerConnection = 4
const lifeMsMin = 300
const lifeMsMax = 1_500
const faultsPerLifeMax = 2
const senderAckTimeoutMs = 3_000
/** Of the engine, for the receiver's answer. */
const receiverAckTimeout = '2s'
const sweepMs = 250
const recoverWithinMs = 90_000
const drainWithinMs = 180_000
/** After the last delivery: what would still come is a duplicate that must be counted. */
const quietMs = 1_000
const settleWithinMs = 30_000

const killKinds = { 'engine-kill': 6, 'database-kill': 3, 'both-kill': 1 }

/** Runs load, kills and faults, and answers what became of every message. */
export async function crashRun(options: CrashOptions): Promise<CrashRow> {
  await using cleanUp = new AsyncDisposableStack()
  return await play(await openScene(options, cleanUp), options)
}

type Scene = {
  readonly random: Random
  readonly database: CrashDatabase
  readonly sent: SentLog
  readonly peer: CrashReceiver
  readonly log: FaultLog
  readonly fleet: EngineFleet
  readonly faults: Faults
  readonly senderLinks: readonly Link[]
  readonly sideEffects: SideEffects
}

async function openScene(
  { connections, processes, seed }: CrashOptions,
  cleanUp: AsyncDisposableStack,
): Promise<Scene> {
  const random = new Random(seed)
  const log = new FaultLog()
  const sent = new SentLog(connections)
  const database = await CrashDatabase.start(await freePort())
  cleanUp.defer(() => database.close())
  const peer = new CrashReceiver({
    connections,
    keys: keysPerConnection,
    sent,
    faults: log,
    random: new Random(seed + 1),
  })
  const sinkPort = await peer.sink.listen()
  cleanUp.defer(() => peer.sink.vanish())
  const ports: number[] = []
  for (let number = 0; number < processes; number += 1) ports.push(await freePort())
  const databaseLink = new Link(() => database.port)
  const receiverLink = new Link(() => sinkPort)
  const senderLinks = ports.map(port => new Link(() => port))
  for (const link of [databaseLink, receiverLink, ...senderLinks]) {
    await link.listen()
    cleanUp.defer(() => link.close())
  }
  const url = new URL(database.url)
  url.port = String(databaseLink.port)
  const sideEffects = await SideEffects.open(() => database.url)
  const folder = await makeEngineFolder({ receivers: 1, processes, ledger: true })
  cleanUp.defer(() => folder.close())
  const fleet = new EngineFleet(
    { databaseUrl: url.href, sinkPorts: [receiverLink.port], connections, ackTimeout: receiverAckTimeout, folder },
    ports,
  )
  cleanUp.defer(() => fleet.stop())
  await fleet.start()
  const faults = new Faults({
    senders: senderLinks,
    receiver: receiverLink,
    database: databaseLink,
    peer,
    fleet,
    log,
    random,
  })
  return { random, database, sent, peer, log, fleet, faults, senderLinks, sideEffects }
}

async function play(scene: Scene, options: CrashOptions): Promise<CrashRow> {
  const { sent, peer, fleet, faults } = scene
  const begun = performance.now()
  const senders = startSenders(scene, options)
  const sweep = setInterval(() => {
    for (const sender of senders) sender.sweep(performance.now())
  }, sweepMs)
  const recoveries: number[] = []
  let testRss = 0
  for (let kill = 1; kill <= options.kills; kill += 1) {
    await live(scene, options, kill / options.kills, begun)
    recoveries.push(await killAndRecover(scene))
    testRss = Math.max(testRss, process.memoryUsage.rss())
    options.progress(`kill ${kill}/${options.kills}: ${describeCounts(scene)}`)
  }
  const enough = (): boolean =>
    sent.acknowledged >= options.messages && performance.now() - begun >= options.seconds * 1000
  await until(enough, Number.POSITIVE_INFINITY)
  await faults.healed()
  for (const sender of senders) sender.stop()
  await Promise.all(senders.map(({ done }) => done))
  clearInterval(sweep)
  options.progress(`draining: ${describeCounts(scene)}`)
  await until(() => peer.log.delivered >= sent.acknowledged, drainWithinMs)
  await sleep(quietMs)
  const sideEffects = await sideEffectsIn(scene)
  const deadLetters = await fleet.deadLetters()
  testRss = Math.max(testRss, process.memoryUsage.rss())
  return rowOf(scene, options, { begun, recoveries, deadLetters, sideEffects, testRss })
}

/** What waits for the database's own transactions has a moment to end. */
async function sideEffectsIn({ sideEffects }: Scene): Promise<{ all: number; wrong: number }> {
  const end = performance.now() + settleWithinMs
  for (;;) {
    const count = await sideEffects.count()
    if (count.wrong === 0 || performance.now() > end) return count
    await sleep(quietMs)
  }
}

function startSenders({ sent, senderLinks }: Scene, { connections }: CrashOptions): Sender[] {
  return Array.from(
    { length: connections },
    (_, connection) =>
      new Sender({
        ports: senderLinks.map(({ port }) => port),
        connection,
        keys: keysPerConnection,
        ackTimeoutMs: senderAckTimeoutMs,
        sent: index => sent.sent(connection, index, performance.now()),
        answered: (_index, accepted) => {
          if (accepted) sent.accepted(connection)
          else sent.refused += 1
        },
      }),
  )
}

/** Until it is time for the next kill, with some faults on the way. `share`: of the whole run that is over then. */
async function live(
  { random, sent, faults }: Scene,
  options: CrashOptions,
  share: number,
  begun: number,
): Promise<void> {
  const ms = random.between(lifeMsMin, lifeMsMax)
  const count = Math.floor(random.next() * (faultsPerLifeMax + 1))
  const starts = Array.from({ length: count }, () => random.next() * ms).sort((a, b) => a - b)
  let at = 0
  for (const start of starts) {
    await sleep(start - at)
    at = start
    faults.start()
  }
  await sleep(ms - at)
  await until(
    () => sent.acknowledged >= options.messages * share && performance.now() - begun >= options.seconds * 1000 * share,
    Number.POSITIVE_INFINITY,
  )
}

/** Answers how long no sender got an acknowledgement, in ms. */
async function killAndRecover({ random, database, log, fleet, sent }: Scene): Promise<number> {
  const kind = random.pick(killKinds)
  const victim = Math.floor(random.next() * fleet.members.length)
  log.count(kind)
  const begun = performance.now()
  const before = sent.acknowledged
  if (kind === 'engine-kill') {
    log.killed()
    await fleet.kill(victim)
  } else {
    const trouble = log.settlementTrouble()
    if (kind === 'both-kill') {
      log.killed()
      await Promise.all([database.kill(), fleet.kill(victim)])
    } else await database.kill()
    await database.startAgain()
    trouble.ended = performance.now()
  }
  await fleet.ready()
  if (!(await until(() => sent.acknowledged > before, recoverWithinMs))) {
    throw new Error(`nothing was acknowledged for ${recoverWithinMs} ms after ${kind}`)
  }
  return performance.now() - begun
}

function rowOf(
  { sent, peer, log, fleet }: Scene,
  options: CrashOptions,
  ran: {
    begun: number
    recoveries: readonly number[]
    deadLetters: number
    sideEffects: { all: number; wrong: number }
    testRss: number
  },
): CrashRow {
  const { none, ...inFlight } = peer.explained
  const sorted = ran.recoveries.toSorted((a, b) => a - b)
  reportWrong(peer, log, options.progress)
  return {
    test: 'crash',
    seed: options.seed,
    processes: options.processes,
    seconds: Math.round((performance.now() - ran.begun) / 1000),
    kills: options.kills,
    faults: Object.fromEntries([...log.counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    acknowledged: sent.acknowledged,
    delivered: peer.log.delivered,
    lost: peer.log.missing(sent.acknowledgedPerConnection()),
    outOfOrder: peer.log.outOfOrder,
    duplicates: peer.log.duplicates,
    duplicatesInFlight: inFlight,
    duplicatesOther: none,
    unknown: peer.log.unknown,
    resends: sent.repeated,
    negativeAnswers: sent.refused,
    rejected: peer.rejected,
    deadLetters: ran.deadLetters,
    sideEffects: ran.sideEffects.all,
    sideEffectsWrong: ran.sideEffects.wrong,
    recoveryMs: { p50: Math.round(sorted[sorted.length >> 1] ?? 0), max: Math.round(sorted.at(-1) ?? 0) },
    unexpectedExits: fleet.unexpectedExits,
    deposed: fleet.deposed,
    troubles: Object.fromEntries(fleet.troubles),
    testRssMb: Math.round(ran.testRss / 2 ** 20),
  }
}

const reportedMax = 10
const lookBackMs = 10_000

/** What went wrong, with what was broken around it. */
function reportWrong(peer: CrashReceiver, log: FaultLog, report: (text: string) => void): void {
  for (const { connection, index, before, at } of peer.unexplained.slice(0, reportedMax)) {
    const when = `first at ${Math.round(before)}, again at ${Math.round(at)}`
    report(
      `repeated without a reason: connection ${connection} message ${index}, ${when}; ${log.between(before - lookBackMs, at)}`,
    )
  }
  for (const { connection, index, by, byAt, at } of peer.log.overtaken.slice(0, reportedMax)) {
    const when = `at ${Math.round(at)}, after message ${by} at ${Math.round(byAt)}`
    report(`out of order: connection ${connection} message ${index} ${when}; ${log.between(byAt - lookBackMs, at)}`)
  }
}

function describeCounts({ sent, peer }: Scene): string {
  const { delivered, duplicates, outOfOrder } = peer.log
  return (
    `${sent.acknowledged} acknowledged, ${delivered} delivered, ${duplicates} duplicates ` +
    `(${peer.explained.none} unexplained), ${outOfOrder} out of order`
  )
}
