import type { Verb, VerbRequest } from '@samband/operations/contract'
import type { OperationsClient } from '@samband/operations/client'
import {
  type Command,
  type CommonOptions,
  nonNegative,
  Option,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { exitCodes, type ExitCode, usageError } from '../exit-codes.ts'
import { type FilterOptions, searchOf, withFilters } from '../filters.ts'
import { jsonRow, type Output } from '../output.ts'
import { type JobOptions, runJob } from '../run-job.ts'
import { withBulkOptions } from './dead-letters.ts'
import { messageId } from './messages.ts'
import { toSambandError } from '@samband/errors'

type ReplayOptions = CommonOptions &
  FilterOptions &
  JobOptions & {
    readonly verb: Exclude<Verb, 'edit'>
    readonly destination?: string
    readonly part?: number
    readonly target?: string
    readonly revision?: 'original' | 'current'
    readonly reason: string
  }

export function addReplay(program: Command): void {
  const command = withBulkOptions(
    withFilters(
      withConnection(
        program
          .command('replay')
          .summary('run messages again: named ones, or all that a search finds')
          .description(
            'reinject: from the start, as new messages. reprocess: from the step or delivery that failed. resend: the same output again. redirect: the output to another destination. Named messages one by one; with conditions a job of the server, after counting and asking.',
          )
          .argument('[ids...]', 'messages'),
      )
        .addOption(
          new Option('--verb <verb>', 'what to do')
            .choices(['reinject', 'reprocess', 'resend', 'redirect'])
            .default('reinject'),
        )
        .option('--destination <name>', 'resend, redirect: the output for this destination')
        .option('--part <n>', 'resend, redirect: this part of it', nonNegative)
        .option('--target <route/destination>', 'redirect: where to')
        .addOption(
          new Option('--revision <which>', 'reinject, reprocess: which revision of the route').choices([
            'original',
            'current',
          ]),
        ),
    ),
  )
  serverAction<ReplayOptions>(command, async (client, options, output, ids) => {
    const search = await searchOf(options)
    if (ids.length > 0 && Object.keys(search).length > 0) throw usageError('either message ids or conditions')
    if (ids.length > 0) return await replayEach(client, ids.map(messageId), options, output)
    if (Object.keys(search).length === 0)
      throw usageError('name messages, or give conditions such as --route and --from')
    const { verb, reason } = options
    if (verb === 'redirect') throw usageError('redirect takes messages one by one: name their ids')
    return await runJob(client, { verb, select: { search }, reason }, options, output)
  })
  withExamples(command, [
    { line: "samband replay 890762056827008 --reason 'ticket 4711'", text: 'Once more from the start' },
    {
      line: "samband replay 890762056827008 --verb resend --destination lis --reason 'lost there'",
      text: 'The same output again, to one receiver',
    },
    {
      line: "samband replay --route lab-results --from 2h --verb resend --reason 'EHR restored from backup'",
      text: 'Everything of the last two hours',
    },
  ])
}

async function replayEach(
  client: OperationsClient,
  ids: readonly number[],
  options: ReplayOptions,
  output: Output,
): Promise<ExitCode | undefined> {
  const request = requestOf(options)
  let failed = 0
  let last: unknown
  for (const id of ids) {
    try {
      const result = await client.act(options.verb, id, request)
      if (output.json) await jsonRow(output, result)
      else
        await output.write(`${id}: done${result.newMessageId === null ? '' : `, new message ${result.newMessageId}`}\n`)
    } catch (thrown) {
      if (ids.length === 1) throw thrown
      failed += 1
      last = thrown
      const { code, message } = toSambandError(thrown)
      if (output.json) await jsonRow(output, { messageId: id, error: { code, message } })
      else output.note(`${id}: ${message}`)
    }
  }
  if (failed === ids.length) throw last
  return failed > 0 ? exitCodes.partial : undefined
}

function requestOf({ reason, destination, part, target, revision }: ReplayOptions): VerbRequest {
  return {
    reason,
    ...(destination === undefined ? {} : { destination }),
    ...(part === undefined ? {} : { part }),
    ...(target === undefined ? {} : { target }),
    ...(revision === undefined ? {} : { revision }),
  }
}
