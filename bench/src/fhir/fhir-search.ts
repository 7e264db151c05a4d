import { type PopulationSize, typicalSearches } from '@samband/hub/population'
import { idleShare, machineTimes, percentiles, round } from '../mllp/measure.ts'
import { closedLoop } from './closed-loop.ts'
import { FhirScene } from './fhir-scene.ts'

export const p99MsMax = 60

export type FhirSearchOptions = {
  /** Observations; patients and what else they have come on top. */
  readonly observations: number
  readonly clients: number
  readonly seconds: number
  readonly json: boolean
}

/** Different patients, codes and days for each of the typical searches. */
const differentMax = 200

export function searchedSize(observations: number): PopulationSize {
  const patients = Math.max(100, Math.round(observations / 25))
  return {
    patients,
    encounters: Math.round(patients * 1.5),
    observations,
    conditions: patients,
    medicationRequests: patients,
    diagnosticReports: Math.round(patients / 2),
  }
}

/** The typical searches over HTTP on a full database, one after another. Exit code 1 when the p99 of one is above `p99MsMax`. */
export async function benchFhirSearch(options: FhirSearchOptions): Promise<void> {
  const size = searchedSize(options.observations)
  await using scene = await FhirScene.open(size, options.clients, text => process.stderr.write(`${text}\n`))
  for (const { name, url } of typicalSearches(size)) {
    const requests = Array.from({ length: differentMax }, () =>
      scene.requests.get(url(limit => scene.requests.pick(limit))),
    )
    const next = (client: number, turn: number): Buffer =>
      requests[(turn * options.clients + client) % requests.length] ?? Buffer.alloc(0)
    const loop = { clients: scene.clients, next, isGood: (status: number) => status === 200 }
    const warm = await closedLoop({ ...loop, seconds: Math.min(1, options.seconds), firstTurn: 0 })
    const before = machineTimes()
    const result = await closedLoop({ ...loop, seconds: options.seconds, firstTurn: warm.turns })
    const { p50, p95, p99 } = percentiles(result.timesMs)
    const failures = Object.values(result.failures).reduce((total, count) => total + count, 0)
    const row = {
      bench: 'fhir-search',
      case: name,
      clients: options.clients,
      observations: options.observations,
      perSecond: round(result.requests / result.seconds),
      p50,
      p95,
      p99,
      failures,
      ok: p99 <= p99MsMax && failures === 0,
      idle: idleShare(before, machineTimes()),
    }
    if (!row.ok) process.exitCode = 1
    process.stdout.write(
      options.json
        ? `${JSON.stringify(row)}\n`
        : `${row.ok ? ' ' : '!'} ${name.padEnd(36)} ${String(p50).padStart(8)} ${String(p99).padStart(8)} ms p50 p99, ${row.perSecond}/s, ${Math.round(row.idle * 100)} % idle${failures > 0 ? `, ${failures} FAILED` : ''}\n`,
    )
  }
}
