import { parseArgs } from 'node:util'
import { failuresOf, type SoakRow, soakRun } from './soak/soak-run.ts'

const usage = `npm run soak -- [options]

Steady load through the whole engine for a long time; samples memory, file handles and the size of the database, and fails
when they grow.

  --minutes 30       how long
  --rate 1000        messages a second, offered whatever the answers do
  --connections 16   senders
  --sample 5         seconds between samples
  --leave-out 5      minutes at the beginning that no slope counts
  --json             one row on standard output`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '16' },
    sample: { type: 'string', default: '5' },
    'leave-out': { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const minutes = Number(values.minutes)
const options = {
  minutes,
  rate: Number(values.rate),
  connections: Number(values.connections),
  sampleSeconds: Number(values.sample),
  // Of a short run at most a third.
  leaveOutMinutes: Number(values['leave-out'] ?? Math.min(5, minutes / 3)),
}
const usable = [options.minutes, options.rate, options.connections, options.sampleSeconds].every(value => value > 0)

if (values.help || !usable || !(options.leaveOutMinutes >= 0)) {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
} else {
  const row = await soakRun({ ...options, progress: text => process.stderr.write(`${text}\n`) })
  const wrong = failuresOf(row)
  process.stdout.write(values.json ? `${JSON.stringify(row)}\n` : `${describe(row)}\n`)
  for (const text of wrong) process.stderr.write(`FAILED: ${text}\n`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}

function describe(row: SoakRow): string {
  const { perHour, last } = row
  const slope = (value: number): string => `${value >= 0 ? '+' : ''}${value} an hour`
  return (
    `${row.minutes} minutes at ${row.acksPerSecond} a second: ${row.acknowledged} acknowledged, ${row.delivered} delivered, ` +
    `${row.lost} lost, ${row.duplicates} duplicates, ${row.outOfOrder} out of order; engine ${last.rssMb} MB resident ` +
    `(${slope(perHour.rssMb)}), heap ${last.heapMb} MB (${slope(perHour.heapMb)}), external ${last.externalMb} MB ` +
    `(${slope(perHour.externalMb)}), ${last.fileHandles} file handles (${slope(perHour.fileHandles)}), database ` +
    `${last.databaseMb} MB (${slope(perHour.databaseMb)})${row.judged ? '' : '; too short to judge slopes'}`
  )
}
