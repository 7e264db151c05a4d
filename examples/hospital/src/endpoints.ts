import type { SystemName } from './systems/system.ts'

/** One endpoint of the engine, as `samband.config.ts` takes it. */
export type HospitalEndpoint = {
  readonly connector: 'mllp'
  readonly host: string
  readonly port: number
  /** Which system stands there, as people call it. */
  readonly system: string
  readonly ackTimeout?: `${number}s`
}

/** Systems that send, and so have a listener at the engine. */
export const sendingSystems = ['ehr', 'lis', 'ris', 'pharmacy'] as const
export type SendingSystem = (typeof sendingSystems)[number]

export type EndpointName = `${SendingSystem}-in` | `${SystemName}-out`

export const portBaseDefault = 6600
export const hostDefault = '127.0.0.1'
const outOffset = 10

/** How systems are called on the map. */
export const systemLabels: Readonly<Record<SystemName, string>> = {
  ehr: 'EHR',
  lis: 'LIS',
  ris: 'RIS',
  pharmacy: 'Pharmacy',
  billing: 'Billing',
}

/**
 * The endpoints of the hospital, seen from the engine: it listens on `*-in` (base + 0 to 3) and connects to `*-out`
 * (base + 10 to 14), where the simulated systems listen; from base 0, everybody takes a free port. At a real hospital
 * these lines are the only thing that differs between test and production.
 */
export function hospitalEndpoints(
  portBase: number = portBaseDefault,
  host: string = hostDefault,
): Readonly<Record<EndpointName, HospitalEndpoint>> {
  const listen = (system: SystemName, offset: number): HospitalEndpoint => ({
    connector: 'mllp',
    host,
    port: portBase === 0 ? 0 : portBase + offset,
    system: systemLabels[system],
  })
  // Shorter than the faults' late acknowledgement, longer than any system here needs.
  const send = (system: SystemName, offset: number): HospitalEndpoint => ({
    ...listen(system, outOffset + offset),
    ackTimeout: '5s',
  })
  return {
    'ehr-in': listen('ehr', 0),
    'lis-in': listen('lis', 1),
    'ris-in': listen('ris', 2),
    'pharmacy-in': listen('pharmacy', 3),
    'ehr-out': send('ehr', 0),
    'lis-out': send('lis', 1),
    'ris-out': send('ris', 2),
    'pharmacy-out': send('pharmacy', 3),
    'billing-out': send('billing', 4),
  }
}

/** The base port from `SAMBAND_HOSPITAL_PORT_BASE`, else the default. Throws with the setting to change. */
export function portBaseFrom(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['SAMBAND_HOSPITAL_PORT_BASE']
  if (text === undefined || text === '') return portBaseDefault
  const base = Number(text)
  if (Number.isInteger(base) && base >= 0 && base <= 65_000) return base
  throw new RangeError(`SAMBAND_HOSPITAL_PORT_BASE is "${text}": give a port number from 0 to 65000`)
}
