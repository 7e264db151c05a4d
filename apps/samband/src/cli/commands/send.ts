import { type Command, durationMs, InvalidArgumentError, positive, withExamples, withJson } from '../command-kit.ts'

export type SendOptions = {
  readonly to: Receiver
  readonly rate?: number
  readonly connections: number
  readonly repeat: number
  readonly timeout: number
  readonly connectTimeout: number
  readonly raw?: boolean
  readonly tls?: boolean
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsServername?: string
  readonly insecure?: boolean
  readonly json?: boolean
}

export type Receiver = { readonly host: string; readonly port: number; readonly tls: boolean }

const connectionsMax = 256

export function addSend(program: Command): void {
  const command = withJson(
    program
      .command('send')
      .summary('send HL7 v2 messages over MLLP')
      .description(
        'Sends the messages of files, folders or standard input (-) over MLLP and counts the acknowledgements. Reads HL7 v2 with one or many messages in a file, batches, MLLP frames, and JSON lines with "msg" or "bodyBase64". Bytes are sent as they stand. Of a folder: .hl7 .er7 .txt .mllp .jsonl.',
      )
      .argument('<inputs...>', 'files, folders, or - for standard input')
      .requiredOption('--to <address>', 'the receiver: mllp://host:port, or mllps:// for TLS', receiver)
      .option('--rate <n>', 'messages per second at most', positive)
      .option('--connections <n>', 'connections at once; more than one does not keep the order', connections, 1)
      .option('--repeat <n>', 'send everything so many times', positive, 1)
      .option('--timeout <time>', 'how long to wait for an acknowledgement', durationMs, 30_000)
      .option('--connect-timeout <time>', 'how long to wait for a connection', durationMs, 5_000)
      .option('--raw', 'each file is one message, whatever is in it')
      .option('--tls', 'TLS, as with mllps://')
      .option('--tls-ca <file>', 'authority of the receiver (PEM)')
      .option('--tls-cert <file>', 'own certificate (PEM), for mutual TLS')
      .option('--tls-key <file>', 'private key of the own certificate (PEM)')
      .option('--tls-servername <name>', 'name in the certificate, where it is not the host')
      .option('--insecure', 'accept any certificate: for test benches only'),
  ).action(async (inputs: string[], options: SendOptions) => {
    const { runSend } = await import('../run-send.ts')
    process.exitCode = await runSend(inputs, options)
  })
  withExamples(command, [
    { line: 'samband send admission.hl7 --to mllp://127.0.0.1:6600', text: 'One file to the example hospital' },
    { line: 'samband send archive/ --to mllp://127.0.0.1:6600 --rate 20', text: 'A folder, twenty messages a second' },
    { line: 'cat batch.hl7 | samband send - --to mllp://127.0.0.1:6600', text: 'From a pipe, a batch or a stream' },
    {
      line: 'samband send load.jsonl --to mllps://engine:2762 --tls-ca ca.pem --connections 8 --repeat 100',
      text: 'Load over TLS',
    },
    {
      line: 'samband send broken.bin --raw --to mllp://127.0.0.1:6600 --json',
      text: 'Exactly these bytes, for scripts',
    },
  ])
}

function receiver(text: string): Receiver {
  const match = /^(mllps?):\/\/(\[[0-9a-fA-F:]+\]|[^/:\s]+):(\d{1,5})\/?$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535) throw new InvalidArgumentError('write mllp://host:port.')
  return { host: (match[2] ?? '').replace(/^\[|\]$/g, ''), port, tls: match[1] === 'mllps' }
}

function connections(text: string): number {
  const number = positive(text)
  if (number > connectionsMax) throw new InvalidArgumentError(`at most ${connectionsMax}.`)
  return number
}
