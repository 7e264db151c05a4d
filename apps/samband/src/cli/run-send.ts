import { readFile } from 'node:fs/promises'
import { createMllpClient } from '@samband/connectors'
import { messagesOf, type SourceItem } from '../send/message-source.ts'
import { type SendResult, sendMessages } from '../send/send-messages.ts'
import { type SendSummary, SendTally } from '../send/send-summary.ts'
import type { SendOptions } from './commands/send.ts'
import { CliError, type ExitCode, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, type Output, printable, styled, terminalOutput } from './output.ts'

const progressEveryMs = 100

/** @throws CliError `input-missing`, usage */
export async function runSend(inputs: readonly string[], options: SendOptions): Promise<ExitCode> {
  if (options.repeat > 1 && inputs.includes('-')) throw usageError('standard input can be read only once: no --repeat')
  const output = terminalOutput({ json: options.json === true })
  const { host, port } = options.to
  const client = createMllpClient({
    host,
    port,
    tls: await tlsOf(options),
    connections: options.connections,
    ackTimeoutMs: options.timeout,
    connectTimeoutMs: options.connectTimeout,
    queueMax: options.connections,
    // A receiver that answers CA and later AA is counted by what it says first.
    acceptedBy: 'commit',
  })
  const tally = new SendTally()
  const begun = performance.now()
  const seconds = (): number => (performance.now() - begun) / 1_000
  const progress = startProgress(output, tally, seconds)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    const outcome = await sendMessages({
      client,
      items: repeated(inputs, options)[Symbol.asyncIterator](),
      connections: options.connections,
      rate: options.rate,
      signal: stop.signal,
      onResult: async result => {
        tally.add(result)
        if (output.json) await jsonRow(output, resultRow(result))
      },
    })
    progress.stop()
    const summary = tally.summary(seconds())
    if (output.json) await jsonRow(output, { ...summary, stoppedBy: outcome.stoppedBy })
    else await output.write(`${summaryText(summary, output)}\n`)
    if (outcome.stoppedBy === 'signal') return exitCodes.interrupted
    if (outcome.stoppedBy === 'unreachable') throw unreachable(options, outcome.text)
    return codeOf(summary)
  } finally {
    progress.stop()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    await client.close()
  }
}

async function* repeated(inputs: readonly string[], { repeat, raw }: SendOptions): AsyncGenerator<SourceItem> {
  for (let round = 0; round < repeat; round += 1) {
    yield* messagesOf({ inputs, raw: raw === true, stdin: process.stdin })
  }
}

function codeOf({ messages, accepted }: SendSummary): ExitCode {
  if (messages === accepted) return exitCodes.ok
  return accepted > 0 ? exitCodes.partial : exitCodes.failure
}

function unreachable({ to: { host, port } }: SendOptions, text: string | null): CliError {
  return new CliError({
    code: 'receiver-unreachable',
    exitCode: exitCodes.unreachable,
    message: `nobody takes messages at ${host}:${port}${text === null ? '' : ` (${text})`}: what was not sent is still to be sent`,
  })
}

type TlsOptions = NonNullable<Parameters<typeof createMllpClient>[0]['tls']>

async function tlsOf(options: SendOptions): Promise<TlsOptions | undefined> {
  const { tlsCa, tlsCert, tlsKey, tlsServername, insecure } = options
  const wanted = options.to.tls || options.tls === true
  if (!wanted) {
    if (tlsCa !== undefined || tlsCert !== undefined || tlsKey !== undefined) {
      throw usageError('the TLS options need mllps:// or --tls')
    }
    return undefined
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw usageError('--tls-cert and --tls-key belong together')
  return {
    ...(tlsCa === undefined ? {} : { ca: await pem(tlsCa) }),
    ...(tlsCert === undefined ? {} : { cert: await pem(tlsCert) }),
    ...(tlsKey === undefined ? {} : { key: await pem(tlsKey) }),
    ...(tlsServername === undefined ? {} : { servername: tlsServername }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  }
}

async function pem(file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    throw new CliError({
      code: 'input-missing',
      exitCode: exitCodes.notFound,
      message: `the file ${file} cannot be read`,
      cause,
    })
  })
}

function resultRow({ from, number, controlId, code, accepted, text, ms }: SendResult): object {
  return { kind: 'message', from, number, controlId, code, accepted, text, ms: Math.round(ms * 100) / 100 }
}

const barWidth = 24

function startProgress(output: Output, tally: SendTally, seconds: () => number): { readonly stop: () => void } {
  let turn = 0
  const timer = setInterval(() => {
    const { messages, accepted } = tally
    turn += 1
    // The end of a stream is not known, so the bar runs rather than fills.
    const at = turn % barWidth
    const bar = `${'·'.repeat(at)}━━${'·'.repeat(barWidth - at)}`
    const refused = messages - accepted
    const rate = Math.round(messages / Math.max(seconds(), 0.001))
    const trouble = refused === 0 ? '' : `, ${refused} not accepted`
    output.progress(`  ${bar} ${messages.toLocaleString('en')} sent, ${rate.toLocaleString('en')}/s${trouble}`)
  }, progressEveryMs)
  return {
    stop: () => {
      clearInterval(timer)
      output.progress('')
    },
  }
}

const meanings: Readonly<Record<string, string>> = {
  AA: 'accepted',
  CA: 'accepted (commit)',
  AE: 'refused',
  AR: 'rejected',
  CE: 'refused (commit)',
  CR: 'rejected (commit)',
  none: 'no answer',
  unsent: 'not sent',
}

function summaryText(summary: SendSummary, output: Output): string {
  const { messages, seconds, perSecond, answers, ackMs } = summary
  const colours = output.isTerminal
  const width = String(messages).length
  const lines = answers.map(({ code, text, count, examples }) => {
    const good = code === 'AA' || code === 'CA'
    const head = styled(`${code.padEnd(6)} ${String(count).padStart(width)}`, good ? 'green' : 'red', colours)
    const reason = text === null ? '' : `: ${printable(text)}`
    const where = examples.length === 0 ? '' : `\n         ${styled(examples.join(', '), 'dim', colours)}`
    return `  ${head}  ${meanings[code] ?? ''}${reason}${where}`
  })
  const times = ackMs === null ? '' : `; answers after ${ackMs.p50} ms (p50), ${ackMs.p99} ms (p99)`
  const noun = messages === 1 ? 'message' : 'messages'
  const head = `${messages.toLocaleString('en')} ${noun} in ${seconds} s (${perSecond.toLocaleString('en')}/s)${times}`
  return [head, ...lines].join('\n')
}
