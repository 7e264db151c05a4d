import { createMllpClient, createMllpServer } from '@samband/connectors'

/** A receiver over MLLP that remembers the order in which each patient's messages came. */
export type Receiver = {
  readonly port: number
  /** Numbers as they came first, by patient; what came again is in `repeated` only. */
  readonly byPatient: ReadonlyMap<string, readonly number[]>
  readonly total: () => number
  readonly repeated: () => number
  readonly close: () => Promise<void>
}

export async function receiver(): Promise<Receiver> {
  const byPatient = new Map<string, number[]>()
  let repeated = 0
  const server = await createMllpServer({
    port: 0,
    onMessage: bytes => {
      const text = Buffer.from(bytes).toString('latin1')
      const controlId = /^MSH(?:\|[^|]*){8}\|([^|]*)/.exec(text)?.[1] ?? ''
      const [patient = '', number = ''] = controlId.split('-')
      const numbers = byPatient.get(patient) ?? []
      byPatient.set(patient, numbers)
      if (numbers.includes(Number(number))) repeated += 1
      else numbers.push(Number(number))
      return Buffer.from(`MSH|^~\\&|LIS|LAB|EHR|HOSP|20260101120000||ACK|a${controlId}|P|2.5.1\rMSA|AA|${controlId}\r`)
    },
  })
  return {
    port: server.port,
    byPatient,
    total: () => [...byPatient.values()].reduce((sum, numbers) => sum + numbers.length, 0),
    repeated: () => repeated,
    close: () => server.close(),
  }
}

export type Sender = {
  /** Every message of its patients that was acknowledged so far. */
  readonly acknowledged: () => number
  /** How often a message had to be sent again, because it was not acknowledged. */
  readonly resent: () => number
  readonly close: () => Promise<void>
}

/** Between messages: the test is about order, and the processes need the cores too. */
const pauseMs = 10

/** One connection, one patient; each message again and again until it is acknowledged, then the next, until it is closed. */
export function sender(address: string, patient: string): Sender {
  const { hostname, port } = new URL(address)
  const client = createMllpClient({ host: hostname, port: Number(port), ackTimeoutMs: 5_000, reconnectMaxMs: 200 })
  let number = 0
  let resent = 0
  let closed = false
  const send = async (): Promise<void> => {
    while (!closed) {
      const bytes = Buffer.from(adt(patient, number + 1))
      const accepted = await client.send(bytes).then(
        ({ code }) => code === 'AA' || code === 'CA',
        () => false,
      )
      if (accepted) number += 1
      else resent += 1
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }
  const sent = send()
  return {
    acknowledged: () => number,
    resent: () => resent,
    close: async () => {
      closed = true
      await sent
      await client.close()
    },
  }
}

function adt(patient: string, number: number): string {
  return [
    `MSH|^~\\&|EHR|HOSP|LIS|LAB|20260101120000||ADT^A08^ADT_A01|${patient}-${number}|P|2.5.1`,
    `PID|1||${patient}^^^HOSP^MR||Test^Pasient`,
    'PV1|1|I',
    '',
  ].join('\r')
}
