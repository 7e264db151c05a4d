import { parseArgs } from 'node:util'
import { type CrashOptions, type CrashRow, crashRun } from './crash/crash-run.ts'

const usage = `npm run crash-test -- [options]

Kills engine and database with SIGKILL under load, cuts and stalls the lines between sender, engine, receiver and database,
and lets the receiver misbehave. Every acknowledged message must arrive, in order per patient.

  --kills 20         how often the engine, the database or both are killed
  --messages 0       acknowledged messages at least; the kills are spread over them
  --seconds 0        at least so long; the kills are spread over it
  --connections 16   senders
  --processes 1      engine processes on the one database
  --seed N           repeats the schedule of another run (default: a random one, printed)
  --short            8 kills within about half a minute
  --json             one row on standard output`

/** Engine processes that may share a database. */
const processesMax = 8

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    messages: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '0' },
    connections: { type: 'string', default: '16' },
    processes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function options(): CrashOptions | undefined {
  const given = {
    kills: Number(values.kills ?? (values.short ? 8 : 20)),
    messages: Number(values.messages),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    processes: Number(values.processes),
    seed: Number(values.seed ?? Math.floor(Math.random() * 1_000_000)),
  }
  const whole = Object.values(given).every(value => Number.isInteger(value) && value >= 0)
  if (values.help || !whole || given.connections < 1 || given.processes < 1) return undefined
  if (given.processes > processesMax) {
    process.stderr.write(`at most ${processesMax} engine processes on one database\n`)
    return undefined
  }
  return { ...given, progress: text => process.stderr.write(`${text}\n`) }
}

/** What must be 0, or as many as the other: see bench/README.md. */
function failures(row: CrashRow): string[] {
  const wrong: string[] = []
  if (row.acknowledged === 0) wrong.push('nothing was acknowledged')
  if (row.lost > 0) wrong.push(`${row.lost} acknowledged messages lost`)
  if (row.outOfOrder > 0) wrong.push(`${row.outOfOrder} out of order`)
  if (row.duplicatesOther > 0) wrong.push(`${row.duplicatesOther} duplicates without a reason`)
  if (row.unknown > 0) wrong.push(`${row.unknown} arrivals that nobody sent`)
  if (row.deadLetters < row.rejected) wrong.push(`${row.rejected} rejected, but ${row.deadLetters} dead letters`)
  if (row.unexpectedExits > 0) wrong.push(`the engine ended ${row.unexpectedExits} times by itself`)
  if (row.sideEffects === 0) wrong.push('nothing was delivered into the database')
  if (row.sideEffectsWrong > 0) wrong.push(`${row.sideEffectsWrong} of ${row.sideEffects} side effects not once`)
  return wrong
}

const chosen = options()
if (chosen === undefined) {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
} else {
  process.stderr.write(`seed ${chosen.seed}\n`)
  const row = await crashRun(chosen)
  const wrong = failures(row)
  process.stdout.write(values.json ? `${JSON.stringify(row)}\n` : `${describe(row)}\n`)
  for (const text of wrong) process.stderr.write(`FAILED: ${text}\n`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}

function describe(row: CrashRow): string {
  const { unanswered, unsettled, resent } = row.duplicatesInFlight
  return (
    `${row.kills} kills in ${row.seconds} s: ${row.acknowledged} acknowledged, ${row.delivered} delivered, ${row.lost} lost, ` +
    `${row.outOfOrder} out of order, ${row.duplicates} delivered more than once (${unsettled} not settled at a kill, ` +
    `${unanswered} whose answer was lost, ${resent} sent again by their sender, ${row.duplicatesOther} others), ` +
    `${row.rejected} rejected, ${row.deadLetters} dead letters, ${row.sideEffectsWrong} of ${row.sideEffects} side effects not once, recovery ${row.recoveryMs.p50} ms (at most ${row.recoveryMs.max})`
  )
}
