import { parseArgs } from 'node:util'
import { hospitalAddresses } from './addresses.ts'
import { type Command, parseCommand, runCommand } from './commands.ts'
import { hospitalEndpoints, portBaseFrom } from './endpoints.ts'
import { type Hospital, speedDefault, startHospital } from './hospital.ts'
import { type FaultKind, faultKinds, isFaultKind } from './line/faults.ts'
import { speedMax } from './pace.ts'
import { type Line, readable } from './status-line.ts'

/**
 * The hospital as a process of its own: `node src/main.ts --speed 60 --faults receiver-down,nack`. It says what happens
 * as lines of JSON on standard output (as text on a terminal), and over IPC when it has a parent; it takes commands on
 * standard input or as IPC messages.
 */
const help = `Usage: node src/main.ts [options]

  --speed <n>        messages per minute (default ${speedDefault}, or SAMBAND_HOSPITAL_SPEED)
  --faults <list>    what goes wrong: ${faultKinds.join(', ')}
                     or all (default nothing, or SAMBAND_HOSPITAL_FAULTS)
  --seed <n>         the same seed tells the same story
  --patients <n>     patients in bed at the start (default 20)
  --port-base <n>    first of the ports (default 6600, or SAMBAND_HOSPITAL_PORT_BASE)
  --json             lines of JSON also on a terminal
  --quiet            no status lines

Commands on standard input, as words or as JSON ({"command":"down","system":"lis","seconds":30}):
  pause, resume, speed 600, down lis, down lis 30, up lis, finish, status`

const statusEveryMs = 2_000

type Settings = {
  readonly speed: number
  readonly seed: number | undefined
  readonly patients: number | undefined
  readonly portBase: number
  readonly faults: readonly FaultKind[]
  readonly quiet: boolean
  readonly json: boolean
}

/** Throws with the option to change. */
function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      speed: { type: 'string' },
      faults: { type: 'string' },
      seed: { type: 'string' },
      patients: { type: 'string' },
      'port-base': { type: 'string' },
      quiet: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    speed: readSpeed(values.speed ?? process.env['SAMBAND_HOSPITAL_SPEED']),
    seed: wholeNumber('--seed', values.seed, 0),
    patients: wholeNumber('--patients', values.patients, 0),
    portBase: wholeNumber('--port-base', values['port-base'], 0) ?? portBaseFrom(process.env),
    faults: readFaults(values.faults ?? process.env['SAMBAND_HOSPITAL_FAULTS'] ?? ''),
    quiet: values.quiet,
    json: values.json || !process.stdout.isTTY,
  }
}

function readSpeed(text: string | undefined): number {
  const speed = text === undefined || text === '' ? speedDefault : Number(text)
  if (speed > 0 && speed <= speedMax) return speed
  throw new RangeError(`--speed is "${text}": give messages per minute, above 0 and at most ${speedMax}`)
}

function wholeNumber(option: string, text: string | undefined, min: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= min) return value
  throw new RangeError(`${option} is "${text}": give a whole number from ${min}`)
}

function readFaults(list: string): readonly FaultKind[] {
  if (list.trim() === 'all') return faultKinds
  return list
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
    .map(name => {
      if (isFaultKind(name)) return name
      throw new RangeError(`--faults has "${name}": known are ${faultKinds.join(', ')}, or all`)
    })
}

type Say = (line: Line) => void

/** Tells whoever listens: people on a terminal, programs on a pipe, a parent over IPC. */
function teller(json: boolean): Say {
  return line => {
    process.stdout.write(`${json ? JSON.stringify(line) : readable(line)}\n`)
    if (process.connected) process.send?.(line)
  }
}

async function main(): Promise<void> {
  const settings = readSettings()
  if (settings === undefined) {
    console.log(help)
    return
  }
  const say = teller(settings.json)
  const hospital = await startHospital({
    ...hospitalAddresses(hospitalEndpoints(settings.portBase)),
    messagesPerMinute: settings.speed,
    faults: { kinds: settings.faults },
    ...(settings.seed === undefined ? {} : { seed: settings.seed }),
    ...(settings.patients === undefined ? {} : { inpatientsAtStart: settings.patients }),
    log: (event, facts) => say({ kind: 'event', event, facts }),
  })
  // What `samband start` waits for before it prints its addresses.
  say({
    kind: 'ready',
    addresses: hospital.addresses,
    text: `${settings.speed} messages a minute${faultText(settings.faults)}`,
  })
  const status = (): void => say({ kind: 'status', state: hospital.state() })
  const timer = settings.quiet ? undefined : setInterval(status, statusEveryMs)
  listenForCommands(hospital, status, say)
  await stopSignal()
  clearInterval(timer)
  await hospital.close()
}

function listenForCommands(hospital: Hospital, status: () => void, say: Say): void {
  const run = (command: Command): void => {
    if (command.command === 'status') status()
    else runCommand(hospital, command).catch((thrown: unknown) => say({ kind: 'error', text: textOf(thrown) }))
  }
  const take = (input: unknown): void => {
    const command = parseCommand(input)
    if (command === undefined)
      say({ kind: 'error', text: 'unknown command: pause, resume, speed 600, down lis 30, up lis, finish or status' })
    else run(command)
  }
  let rest = ''
  process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') take(line)
  })
  process.on('message', take)
}

/** Resolves when somebody wants the hospital to close: a signal, or the parent is gone. */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    if (process.send !== undefined) process.once('disconnect', () => resolve())
  })
}

function faultText(faults: readonly FaultKind[]): string {
  return faults.length === 0 ? '' : `, with ${faults.join(', ')}`
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

try {
  await main()
  process.exit(0)
} catch (thrown) {
  const taken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'
  console.error(taken ? `${thrown.message}: set --port-base or SAMBAND_HOSPITAL_PORT_BASE` : textOf(thrown))
  process.exit(1)
}
