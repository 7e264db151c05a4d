import { parseArgs } from 'node:util'

const usage = `npm run bench -- <bench> [--json] [options]

  mllp              closed loop over MLLP through the whole engine   --connections 1,8,32 --seconds 10 --warm-up 3 --runs 1
  mllp --rate 1000  open loop: times count from when each message was due   --connections 32
  fan-out           one source, several receivers   --receivers 5 --connections 32
  processes         one engine process beside two on one database   --connections 32
  backlog           a dead receiver's queue, the other receiver meanwhile, and the drain   --messages 1000000
  prune             throughput while old days are dropped, beside none   --days 30 --messages 1000000
  long-transaction  throughput beside a session that keeps an old snapshot   --minutes 10
  history           throughput and search on a full database, beside an empty one   --messages 10000000 --days 30
  routes            start and memory of many routes   --routes 500
  serve-mllp        only the engine of mllp, for your own load generator   --port 6661 --sink 127.0.0.1:7700
  fhir              the hub over HTTP: create, read, search, transaction ...   --clients 16 --seconds 10 --case create,read
  fhir-search       typical searches on a full hub; fails above 60 ms p99   --resources 1000000 --clients 1 --seconds 5
  fhir-layouts      storage layouts that were considered for the hub, in SQL   --resources 200000
  serve-fhir        only the hub of fhir, for your own client; prints its address and a token   --port 8093
  hl7v2             the HL7 v2 codec and validator, beside other libraries

  --seconds, --warm-up and --runs (the row is the median) hold for all that measure throughput.`

/** The first word chooses the bench; every bench prints rows, with --json one object a row and nothing else. */
const [bench, ...rest] = process.argv.slice(2)
const { values } = parseArgs({
  args: rest,
  options: {
    json: { type: 'boolean', default: false },
    connections: { type: 'string' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string', default: '3' },
    runs: { type: 'string', default: '1' },
    rate: { type: 'string' },
    receivers: { type: 'string', default: '5' },
    messages: { type: 'string' },
    days: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '10' },
    routes: { type: 'string', default: '500' },
    port: { type: 'string' },
    clients: { type: 'string' },
    case: { type: 'string' },
    resources: { type: 'string' },
    sink: { type: 'string', default: '127.0.0.1:7700' },
  },
})

const common = {
  connections: Number(values.connections ?? 32),
  seconds: Number(values.seconds ?? 10),
  warmUpSeconds: Number(values['warm-up']),
  runs: Number(values.runs),
  json: values.json,
}

switch (bench) {
  case 'mllp': {
    if (values.rate !== undefined) {
      const { benchRate } = await import('./mllp/offered-rate.ts')
      await benchRate({ ...common, rate: Number(values.rate) })
      break
    }
    const { benchMllp } = await import('./mllp/closed-loop.ts')
    await benchMllp({ ...common, connections: (values.connections ?? '1,8,32').split(',').map(Number) })
    break
  }
  case 'fan-out': {
    const { benchFanOut } = await import('./mllp/fan-out.ts')
    await benchFanOut({ ...common, receivers: Number(values.receivers) })
    break
  }
  case 'processes': {
    const { benchProcesses } = await import('./mllp/processes.ts')
    await benchProcesses(common)
    break
  }
  case 'backlog': {
    const { benchBacklog } = await import('./mllp/backlog.ts')
    await benchBacklog({ ...common, messages: Number(values.messages ?? 1_000_000) })
    break
  }
  case 'prune': {
    const { benchPrune } = await import('./mllp/prune.ts')
    await benchPrune({ ...common, days: Number(values.days), messages: Number(values.messages ?? 1_000_000) })
    break
  }
  case 'long-transaction': {
    const { benchLongTransaction } = await import('./mllp/long-transaction.ts')
    await benchLongTransaction({ ...common, minutes: Number(values.minutes) })
    break
  }
  case 'history': {
    const { benchHistory } = await import('./mllp/history.ts')
    await benchHistory({ ...common, days: Number(values.days), messages: Number(values.messages ?? 10_000_000) })
    break
  }
  case 'routes': {
    const { benchRoutes } = await import('./routes/many-routes.ts')
    await benchRoutes({ routes: Number(values.routes), json: values.json })
    break
  }
  case 'serve-mllp': {
    const { serveMllp } = await import('./mllp/serve.ts')
    await serveMllp({ port: Number(values.port ?? 6661), sink: values.sink })
    break
  }
  case 'fhir': {
    const { benchFhir } = await import('./fhir/fhir.ts')
    const cases = values.case === undefined ? {} : { cases: values.case.split(',') }
    await benchFhir({ ...common, ...cases, clients: Number(values.clients ?? 16) })
    break
  }
  case 'fhir-search': {
    const { benchFhirSearch } = await import('./fhir/fhir-search.ts')
    const observations = Number(values.resources ?? 1_000_000)
    const seconds = Number(values.seconds ?? 5)
    await benchFhirSearch({ observations, seconds, clients: Number(values.clients ?? 1), json: values.json })
    break
  }
  case 'serve-fhir': {
    const { serveFhir } = await import('./fhir/serve-fhir.ts')
    await serveFhir({ port: Number(values.port ?? 8093), json: values.json })
    break
  }
  case 'fhir-layouts': {
    const { benchLayouts } = await import('./fhir/layouts.ts')
    await benchLayouts({ resources: Number(values.resources ?? 200_000), json: values.json })
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
