import { idleShare, machineTimes, ownCpuMs, type Percentiles, percentiles, round } from '../mllp/measure.ts'
import { closedLoop } from './closed-loop.ts'
import { emptySize, type FhirCase, fhirCases, fullSize, hitsEach, subjectAndCode } from './fhir-cases.ts'
import { FhirScene } from './fhir-scene.ts'
import { serverCpuMs } from './server-cpu.ts'

export type FhirOptions = {
  readonly clients: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Names; absent: all. */
  readonly cases?: readonly string[]
  readonly json: boolean
}

type FhirRow = {
  readonly bench: 'fhir'
  readonly case: string
  readonly clients: number
  /** Requests; of transactions, resources. */
  readonly perSecond: number
  /** Milliseconds of a request. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly requestsPerSecond: number
  readonly failures: number
  /** CPU of the hub's process, of the database's processes and of the generator, for one of `perSecond`. */
  readonly cpuMsEach: number
  readonly databaseCpuMsEach: number | null
  readonly loadCpuMsEach: number
  readonly storedBytesPerObservation?: number
  /** Of the whole machine, 0 to 1. Others' work takes from it as well: near 0 the rates are noise, the CPU is not. */
  readonly idle: number
}

/** The hub over HTTP, closed loop; a row for each case. Exit code 1 when an answer was another than it should be. */
export async function benchFhir(options: FhirOptions): Promise<void> {
  const chosen = fhirCases.filter(({ name }) => options.cases?.includes(name) ?? true)
  const unknown = options.cases?.filter(name => !fhirCases.some(each => each.name === name)) ?? []
  if (unknown.length > 0)
    throw new Error(`no case ${unknown.join(', ')}: there are ${fhirCases.map(({ name }) => name).join(', ')}`)
  for (const on of ['empty', 'full'] as const) {
    const cases = chosen.filter(each => each.on === on)
    if (cases.length === 0) continue
    const size = on === 'empty' ? emptySize : fullSize
    await using scene = await FhirScene.open(size, options.clients, text => process.stderr.write(`${text}\n`))
    if (on === 'full') await checkHits(scene)
    for (const each of cases) {
      const row = await measure(scene, each, options)
      if (row.failures > 0) process.exitCode = 1
      process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${describe(row)}\n`)
    }
  }
}

/** A search that finds nothing would be fast. */
async function checkHits({ clients, requests }: FhirScene): Promise<void> {
  const answer = await clients[0]?.askWhole(requests.get(`Observation?${subjectAndCode(requests, fullSize.patients)}`))
  // What a search set has, as far as it is counted here.
  const { entry } = JSON.parse(answer?.body ?? '{}') as { readonly entry?: readonly unknown[] }
  if (entry?.length !== hitsEach)
    throw new Error(`${entry?.length ?? 0} hits instead of ${hitsEach}: ${answer?.status}`)
}

async function measure(scene: FhirScene, each: FhirCase, options: FhirOptions): Promise<FhirRow> {
  const { clients, requests, hub } = scene
  const size = each.on === 'empty' ? emptySize : fullSize
  const sizeBefore = await scene.storedBytes()
  const prepared = each.requests(requests, size)
  await Promise.all(
    (each.first?.(requests) ?? []).map(async (request, index, all) => {
      // One list, dealt out to the clients.
      if (index < clients.length)
        for (let at = index; at < all.length; at += clients.length) await clients[index]?.ask(all[at] ?? request)
    }),
  )
  const next = (client: number, turn: number): Buffer =>
    prepared[(turn * clients.length + client) % prepared.length] ?? Buffer.alloc(0)
  const isGood = (status: number): boolean => status === each.status
  const warm = await closedLoop({ clients, next, isGood, seconds: options.warmUpSeconds, firstTurn: 0 })
  const before = {
    times: machineTimes(),
    own: ownCpuMs(),
    database: serverCpuMs(scene.backend),
    hub: await hub.usage(),
  }
  const result = await closedLoop({ clients, next, isGood, seconds: options.seconds, firstTurn: warm.turns })
  const own = ownCpuMs() - before.own
  const database = serverCpuMs(scene.backend)
  const usage = await hub.usage()
  const idle = idleShare(before.times, machineTimes())
  const count = Math.max(1, result.requests * (each.each ?? 1))
  const { p50, p95, p99 }: Percentiles = percentiles(result.timesMs)
  const stored = warm.requests + result.requests
  return {
    bench: 'fhir',
    case: each.name,
    clients: clients.length,
    perSecond: round((result.requests * (each.each ?? 1)) / result.seconds),
    p50,
    p95,
    p99,
    requestsPerSecond: round(result.requests / result.seconds),
    failures: sum(warm.failures) + sum(result.failures),
    cpuMsEach: round((usage.ms - before.hub.ms) / count, 3),
    databaseCpuMsEach:
      database === undefined || before.database === undefined ? null : round((database - before.database) / count, 3),
    loadCpuMsEach: round(own / count, 3),
    ...(each.measuresSize === true
      ? { storedBytesPerObservation: round(((await scene.storedBytes()) - sizeBefore) / stored) }
      : {}),
    idle,
  }
}

function sum(failures: Readonly<Record<string, number>>): number {
  return Object.values(failures).reduce((total, count) => total + count, 0)
}

function describe(row: FhirRow): string {
  const stored = row.storedBytesPerObservation === undefined ? '' : `, ${row.storedBytesPerObservation} B stored each`
  const failed = row.failures === 0 ? '' : `, ${row.failures} FAILED`
  return (
    `${row.case.padEnd(20)} ${String(row.perSecond).padStart(6)}/s, ${row.p50}/${row.p95}/${row.p99} ms (p50/p95/p99), CPU ${row.cpuMsEach} ms hub + ` +
    `${row.databaseCpuMsEach ?? '?'} ms database + ${row.loadCpuMsEach} ms load each${stored}, ${Math.round(row.idle * 100)} % idle${failed}`
  )
}
