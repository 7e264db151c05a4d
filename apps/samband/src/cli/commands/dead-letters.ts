import type { DeadLetter, DeadLetterGroup, JobRequest } from '@samband/operations/contract'
import {
  type Command,
  type CommonOptions,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { usageError } from '../exit-codes.ts'
import { type Column, localTime, rows } from '../output.ts'
import { type JobOptions, runJob } from '../run-job.ts'
import { messageId } from './messages.ts'

export function addDeadLetters(program: Command): void {
  const deadLetters = program.command('dead-letters').summary('what was given up on: by cause, with replay')
  addList(deadLetters)
  addBulk(deadLetters, 'replay', 'try again from the step or delivery that failed')
  addBulk(deadLetters, 'discard', 'give up on them for good')
}

type ListOptions = CommonOptions & { readonly route?: string; readonly group?: string; readonly limit: number }

function addList(deadLetters: Command): void {
  const command = withConnection(
    deadLetters
      .command('list')
      .summary('grouped by cause; with --group each of them')
      .description('Lists dead letters grouped by cause, or those of one group, newest first.')
      .option('--route <name>', 'of this route')
      .option('--group <key>', 'each dead letter of this group')
      .option('--limit <n>', 'so many', positive, 50),
  )
  serverAction<ListOptions>(command, async (client, { route, group, limit }, output) => {
    const filter = route === undefined ? {} : { route }
    if (group === undefined)
      return await rows(output, await client.deadLetterGroups(filter), groupColumns, 'No dead letters.')
    const page = await client.deadLetters({ ...filter, group, limit })
    await rows(output, page.items, letterColumns, 'No dead letters in this group.')
  })
  withExamples(command, [
    { line: 'samband dead-letters list', text: 'Causes, with how many of each' },
    { line: "samband dead-letters list --group 'lab-results/ehr:AE'", text: 'Each message of one cause' },
  ])
}

const groupColumns: readonly Column<DeadLetterGroup>[] = [
  { title: 'Count', value: ({ count }) => String(count), align: 'right' },
  { title: 'Group', value: ({ key }) => key },
  { title: 'Route', value: ({ route }) => route },
  { title: 'Where', value: ({ destination, step }) => destination ?? step ?? '' },
  { title: 'Last', value: ({ lastAt }) => localTime(lastAt) },
  { title: 'Why', value: ({ code, text }) => `${code}: ${text}` },
]

const letterColumns: readonly Column<DeadLetter>[] = [
  { title: 'Message', value: ({ messageId: id }) => String(id) },
  { title: 'At', value: ({ at }) => localTime(at) },
  { title: 'Route', value: ({ route }) => route },
  {
    title: 'Where',
    value: ({ destination, step, part }) => `${destination ?? step ?? ''}${part > 0 ? `#${part}` : ''}`,
  },
  { title: 'Type', value: ({ type }) => type ?? '' },
  { title: 'Attempts', value: ({ attempts }) => String(attempts), align: 'right' },
  { title: 'Why', value: ({ code, text }) => `${code}: ${text}` },
]

type BulkOptions = CommonOptions &
  JobOptions & { readonly group?: string; readonly route?: string; readonly reason: string }

function addBulk(deadLetters: Command, name: 'replay' | 'discard', what: string): void {
  const command = withBulkOptions(
    withConnection(
      deadLetters
        .command(name)
        .summary(what)
        .description(
          `Dead letters of a group, of a route, or named one by one: ${what}. Counts and samples first, then asks for the count, as it may be many; the server does it as a job, in the original order.`,
        )
        .argument('[ids...]', 'messages')
        .option('--group <key>', 'all of this group')
        .option('--route <name>', 'all of this route'),
    ),
  )
  serverAction<BulkOptions>(command, async (client, options, output, ids) => {
    const { group, route, reason } = options
    if ([group, route, ids[0]].filter(value => value !== undefined).length !== 1) {
      throw usageError('name either message ids, or --group, or --route')
    }
    const select: JobRequest['select'] =
      group !== undefined
        ? { deadLetterGroup: group }
        : route !== undefined
          ? { route, search: { route, status: 'dead' } }
          : { messages: ids.map(messageId) }
    return await runJob(client, { verb: name === 'replay' ? 'reprocess' : 'discard', select, reason }, options, output)
  })
  withExamples(command, [
    { line: `samband dead-letters ${name} --group 'lab-results/ehr:AE' --reason 'ticket 4711'`, text: 'One cause' },
    { line: `samband dead-letters ${name} 890762056827008 --reason 'ticket 4711' --yes`, text: 'One message' },
    { line: `samband dead-letters ${name} --route lab-results --reason 'ticket 4711' --dry-run`, text: 'Only look' },
  ])
}

/** What every command has that acts on many messages. */
export function withBulkOptions(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; kept with each message and in the audit log')
    .option('--dry-run', 'count and sample, do nothing')
    .option('--yes', 'do not ask')
    .option('--per-second <n>', 'at most so many a second', positive)
    .option('--no-wait', 'do not wait for the end of the job')
}
