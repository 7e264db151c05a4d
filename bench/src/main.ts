import { parseArgs } from 'node:util'

const usage = `npm run bench -- <bench> [--json] [options]

  mllp         closed loop over MLLP through the whole engine   --connections 1,8,32 --seconds 10 --warm-up 3 --runs 1
  serve-mllp   only the engine of that bench, for your own load generator   --port 6661 --sink 127.0.0.1:7700
  hl7v2        the HL7 v2 codec and validator, beside other libraries`

/** The first word chooses the bench; every bench prints rows, with --json one object a row and nothing else. */
const [bench, ...rest] = process.argv.slice(2)
const { values } = parseArgs({
  args: rest,
  options: {
    json: { type: 'boolean', default: false },
    connections: { type: 'string', default: '1,8,32' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    runs: { type: 'string', default: '1' },
    port: { type: 'string', default: '6661' },
    sink: { type: 'string', default: '127.0.0.1:7700' },
  },
})

switch (bench) {
  case 'mllp': {
    const { benchMllp } = await import('./mllp/closed-loop.ts')
    await benchMllp({
      connections: values.connections.split(',').map(Number),
      seconds: Number(values.seconds),
      warmUpSeconds: Number(values['warm-up']),
      runs: Number(values.runs),
      json: values.json,
    })
    break
  }
  case 'serve-mllp': {
    const { serveMllp } = await import('./mllp/serve.ts')
    await serveMllp({ port: Number(values.port), sink: values.sink })
    break
  }
  case 'hl7v2': {
    const { printHl7v2Bench } = await import('./hl7v2.ts')
    await printHl7v2Bench({ json: values.json })
    break
  }
  default:
    process.stderr.write(`${usage}\n`)
    process.exitCode = 2
}
