import { Command, InvalidArgumentError, Option } from 'commander'
import type { OperationsClient } from '@samband/operations/client'
import { connect, type ConnectionOptions } from './connection.ts'
import type { ExitCode } from './exit-codes.ts'
import { type Output, terminalOutput } from './output.ts'

/** What a command's examples say; kept beside the command for its help and for the reference in the handbook. */
export type Example = { readonly line: string; readonly text: string }

const examplesOf = new WeakMap<Command, readonly Example[]>()

export function withExamples(command: Command, examples: readonly Example[]): Command {
  examplesOf.set(command, examples)
  const lines = examples.map(({ line, text }) => `  # ${text}\n  ${line}`)
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}

export function examplesFor(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? []
}

export function withJson(command: Command): Command {
  return command.option('--json', 'one JSON object a row on standard output, and nothing else there')
}

/** Options of every command that talks to a running server. */
export function withConnection(command: Command): Command {
  return withJson(command)
    .addOption(new Option('--url <address>', 'the server; the one on this machine unless given').env('SAMBAND_URL'))
    .addOption(new Option('--token <token>', 'how it knows you').env('SAMBAND_TOKEN'))
    .addOption(new Option('--data <folder>', 'data folder of the server on this machine').env('SAMBAND_DATA'))
}

export type CommonOptions = ConnectionOptions & { readonly json?: boolean }

/** What an action answers: the exit code, or nothing for 0. */
export type Outcome = ExitCode | undefined

export type ServerAction<Options> = (
  client: OperationsClient,
  options: Options,
  output: Output,
  args: readonly string[],
) => Promise<Outcome | void>

/** Runs an action against the server that the options name. */
export function serverAction<Options extends CommonOptions>(command: Command, action: ServerAction<Options>): Command {
  return command.action(async () => {
    // The options were declared on this very command; commander keeps them untyped.
    const options = command.opts<Options>()
    const output = terminalOutput({ json: options.json === true })
    const client = await connect(options)
    process.exitCode = (await action(client, options, output, command.args)) ?? process.exitCode ?? 0
  })
}

export function positive(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('it must be a whole number from 1.')
  return number
}

export function nonNegative(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('it must be a whole number from 0.')
  return number
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** '30s' as milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const unit = units[match?.[2] ?? '']
  if (match === null || unit === undefined) throw new InvalidArgumentError('write a number and ms, s, m, h or d: 30s.')
  return Number(match[1]) * unit
}

/** A point in time as ISO 8601, or how long ago: '2h', '3d'. Answers ISO 8601. */
export function pointInTime(text: string): string {
  if (/^\d+(?:\.\d+)?(?:s|m|h|d)$/.test(text)) return new Date(Date.now() - durationMs(text)).toISOString()
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('write 2026-01-31, 2026-01-31T08:00, or how long ago: 2h.')
  }
  return date.toISOString()
}

export { Command, InvalidArgumentError, Option }
