import { randomUUID } from 'node:crypto'
import { measuredCodes, observation, populationEndMs, populationId, populationStartMs } from '@samband/hub/population'
import { Random } from '../load/random.ts'

/** Makes requests as bytes, before anything is measured. */
export class Requests {
  readonly #url: URL
  readonly #token: string
  readonly #random = new Random(1)

  constructor(url: URL, token: string) {
    this.#url = url
    this.#token = token
  }

  get(path: string): Buffer {
    return this.#bytes('GET', path)
  }

  send(method: 'POST' | 'PUT', path: string, resource: object, headers: Readonly<Record<string, string>> = {}): Buffer {
    return this.#bytes(method, path, Buffer.from(JSON.stringify(resource)), headers)
  }

  pick(limit: number): number {
    return Math.floor(this.#random.next() * limit)
  }

  /** 1.4 kB, of one of so many patients; like none before. */
  observation(patients: number, id: string = randomUUID()): Record<string, unknown> {
    const code = measuredCodes[this.pick(measuredCodes.length)] ?? measuredCodes[0]
    if (code === undefined) throw new Error('there are codes')
    const at = populationStartMs + Math.floor(this.#random.next() * (populationEndMs - populationStartMs))
    const patient = this.pick(patients)
    const time = `${new Date(at).toISOString().slice(0, 19)}Z`
    return {
      ...observation(code, 'final', {
        id,
        patientId: populationId('Patient', patient),
        encounterId: populationId('Encounter', patient),
        time,
        end: time,
        value: Number((code.low + this.#random.next() * (code.high - code.low)).toFixed(1)),
      }),
    }
  }

  #bytes(method: string, path: string, body?: Buffer, headers: Readonly<Record<string, string>> = {}): Buffer {
    const lines = [
      `${method} ${this.#url.pathname}/${path} HTTP/1.1`,
      `host: ${this.#url.host}`,
      `authorization: Bearer ${this.#token}`,
      'accept: application/fhir+json',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : ['content-type: application/fhir+json', `content-length: ${body.length}`]),
    ]
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    return body === undefined ? head : Buffer.concat([head, body])
  }
}
