import { setTimeout as delay } from 'node:timers/promises'
import type { DestinationStatus, EngineProcess, RouteStatus, SystemStatus } from '@samband/operations/contract'
import { type Command, type CommonOptions, serverAction, withConnection, withExamples } from '../command-kit.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { bytesText, type Column, jsonRow, localTime, printable, styled, table } from '../output.ts'

type StatusOptions = CommonOptions & { readonly watch?: boolean; readonly check?: boolean }

const watchEveryMs = 1_000

export function addStatus(program: Command): void {
  const command = withConnection(
    program
      .command('status')
      .summary('what runs, how fast, and what is in trouble')
      .description('Shows processes, routes and their receivers with rates, queues and troubles. No patient data.')
      .option('--watch', 'again every second, until Ctrl-C')
      .option('--check', 'exit code 5 when a route or a receiver is in trouble: for monitoring'),
  )
  serverAction<StatusOptions>(command, async (client, { watch, check }, output) => {
    for (;;) {
      const [status, processes] = await Promise.all([client.status(), client.processes()])
      if (output.json) await jsonRow(output, { ...status, processes })
      else
        await output.write(
          `${watch === true && output.isTerminal ? '\x1b[2J\x1b[H' : ''}${statusText(status, processes, output.isTerminal)}\n`,
        )
      if (watch !== true) return check === true ? health(status) : undefined
      await delay(watchEveryMs)
    }
  })
  withExamples(command, [
    { line: 'samband status --watch', text: 'A live view in the terminal' },
    { line: 'samband status --check --json > /dev/null || page-someone', text: 'From a monitoring script' },
  ])
}

function health({ routes }: SystemStatus): ExitCode | undefined {
  const troubled = routes.some(({ state, destinations }) => state !== 'running' || destinations.some(inTrouble))
  return troubled ? exitCodes.partial : undefined
}

function inTrouble({ status, circuit, held }: DestinationStatus): boolean {
  return status === 'down' || circuit === 'open' || held > 0
}

type Line = { readonly route: RouteStatus; readonly destination: DestinationStatus | undefined }

function statusText(status: SystemStatus, processes: readonly EngineProcess[], colours: boolean): string {
  const { version, startedAt, database, routes, deadLetters, refusals, memoryBytes } = status
  const head = [
    `Samband ${version}, since ${localTime(startedAt)}, ${bytesText(memoryBytes)} of memory`,
    `${database.kind === 'embedded' ? 'Embedded ' : ''}PostgreSQL ${database.version}, ${bytesText(database.bytes)}`,
    `${styled(`${deadLetters} dead letters`, deadLetters > 0 ? 'red' : undefined, colours)}, ${refusals} refusals in the last 24 hours`,
  ]
  const lines = routes.flatMap<Line>(route =>
    route.destinations.length === 0
      ? [{ route, destination: undefined }]
      : route.destinations.map(destination => ({ route, destination })),
  )
  const troubles = routes.flatMap(({ name, source, destinations }) =>
    [source, ...destinations].flatMap(({ endpoint, lastError, status: state }) =>
      lastError === null || state === 'up'
        ? []
        : [`${name} ${endpoint}: ${printable(lastError.text)} (${localTime(lastError.at)})`],
    ),
  )
  return [
    ...head,
    ...(processes.length > 1 ? processes.map(processLine) : []),
    '',
    table(lines, columnsOf(lines), colours),
    ...(troubles.length === 0 ? [] : ['', ...troubles]),
  ].join('\n')
}

/** Of several that share the work. */
function processLine({ node, startedAt, lanesOwned, address, self }: EngineProcess): string {
  const where = address === null ? '' : `, ${address}`
  return `Process ${node}, since ${localTime(startedAt)}, ${lanesOwned} lanes${where}${self ? ' (this one answers)' : ''}`
}

/** A route's own facts stand on its first line only. */
function columnsOf(lines: readonly Line[]): readonly Column<Line>[] {
  const first = new Set(lines.filter(({ route }, at) => lines[at - 1]?.route !== route))
  const own = (value: (route: RouteStatus) => string) => (line: Line) => (first.has(line) ? value(line.route) : '')
  const to = (value: (destination: DestinationStatus) => string) => (line: Line) =>
    line.destination === undefined ? '' : value(line.destination)
  return [
    { title: 'Route', value: own(({ name, state }) => (state === 'running' ? name : `${name} (${state})`)) },
    { title: 'In/s', value: own(({ receivedPerSecond }) => receivedPerSecond.toFixed(1)), align: 'right' },
    { title: 'Received', value: own(({ totals }) => String(totals.received)), align: 'right' },
    { title: 'To', value: to(({ name, system }) => (system === null ? name : `${name} (${system})`)) },
    {
      title: 'State',
      value: to(({ status, circuit }) => (circuit === 'closed' ? status : `${status}, circuit ${circuit}`)),
      style: ({ destination }) => (destination === undefined ? undefined : inTrouble(destination) ? 'red' : 'green'),
    },
    { title: 'Out/s', value: to(({ deliveredPerSecond }) => deliveredPerSecond.toFixed(1)), align: 'right' },
    {
      title: 'Waiting',
      value: to(({ waiting, held }) => `${waiting}${held > 0 ? `+${held} held` : ''}`),
      align: 'right',
    },
    { title: 'Lag', value: to(({ lagMs }) => lagText(lagMs)), align: 'right' },
    {
      title: 'p95',
      value: to(({ latencyMs }) => (latencyMs === null ? '' : `${latencyMs.p95.toFixed(0)} ms`)),
      align: 'right',
    },
  ]
}

function lagText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  return seconds < 120 ? `${seconds.toFixed(0)} s` : `${Math.round(seconds / 60)} min`
}
