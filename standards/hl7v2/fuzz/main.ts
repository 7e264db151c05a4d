/**
 * Mutation fuzzing of the HL7 v2 codec and validator: `npm run fuzz -- hl7v2 [--messages 1000000] [--seed 1] [--json]`. Needs the corpus beside
 * the repository. Ends with 1 where anything failed.
 */
import { parseArgs } from 'node:util'
import { corpusMessages, corpusMissing } from '../test/corpus.ts'
import { fuzz } from './fuzz.ts'

const RUN_MS_MAX = 50
/** Growth beyond this is a leak: caches and the collector's freedom need less. */
const GROWTH_MB_MAX = 256

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
if (corpusMissing !== false) {
  process.stderr.write(`${corpusMissing}\n`)
  process.exit(2)
}
const report = await fuzz({
  originals: corpusMessages().map(({ message }) => new TextEncoder().encode(message)),
  messages: Number(values.messages),
  seed: Number(values.seed),
  runMsMax: RUN_MS_MAX,
  onProgress: done => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done}`)
  },
})
const grownMb = report.rssPeakMb - report.rssStartMb
const ok = report.failures.length === 0 && grownMb <= GROWTH_MB_MAX
if (values.json)
  process.stdout.write(`${JSON.stringify({ fuzz: 'hl7v2', seed: Number(values.seed), ok, ...report })}\n`)
else {
  const { messages, parsed, findings, slowestMs, cpuSeconds, rssStartMb, rssPeakMb, failures } = report
  process.stdout.write(
    `${messages} mutated messages, ${parsed} parsed, ${findings} findings, ${cpuSeconds} CPU seconds\n` +
      `slowest ${slowestMs} ms (at most ${RUN_MS_MAX}), resident memory ${rssStartMb} MB to ${rssPeakMb} MB\n`,
  )
  for (const { kind, index, text, message } of failures) {
    process.stdout.write(`${kind} at ${index}: ${text}\n${JSON.stringify(message)}\n`)
  }
  process.stdout.write(ok ? 'no exception, no lost byte, no long run\n' : 'FAILED\n')
}
process.exitCode = ok ? 0 : 1
