import type { BodyView, MessageSummary, TimelineEntry } from '@samband/operations/contract'
import type { OperationsClient } from '@samband/operations/client'
import {
  type Command,
  type CommonOptions,
  InvalidArgumentError,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { type ExitCode, usageError } from '../exit-codes.ts'
import { type FilterOptions, searchOf, withFilters } from '../filters.ts'
import {
  bytesText,
  type Column,
  jsonRow,
  localTime,
  type Output,
  printable,
  rows,
  type Style,
  styled,
} from '../output.ts'
import { addExport } from './messages-export.ts'

export function addMessages(program: Command): void {
  const messages = program.command('messages').summary('list, search, show and export messages')
  addList(messages)
  addSearch(messages)
  addShow(messages)
  addExport(messages)
}

type ListOptions = CommonOptions & FilterOptions & { readonly limit: number }

const pageMax = 500

function addList(messages: Command): void {
  const command = withConnection(
    messages
      .command('list')
      .summary('the newest messages')
      .description('Lists the newest messages, newest first: headers, no content.')
      .option('--route <name>', 'of this route')
      .option('--limit <n>', 'so many', positive, 20),
  )
  serverAction<ListOptions>(command, listed)
  withExamples(command, [
    { line: 'samband messages list', text: 'The last twenty' },
    { line: "samband messages list --json --limit 1000 | jq -r '.type' | sort | uniq -c", text: 'Counted by type' },
  ])
}

function addSearch(messages: Command): void {
  const command = withConnection(
    withFilters(
      messages
        .command('search')
        .summary('messages by route, type, control id, patient, status or time')
        .description('Searches messages, newest first. All conditions must hold. A search by patient is audited.'),
    ).option('--limit <n>', 'so many', positive, 50),
  )
  serverAction<ListOptions>(command, listed)
  withExamples(command, [
    { line: 'samband messages search --route lab-results --status dead --from 2h', text: 'What failed lately' },
    { line: 'samband messages search --patient -', text: 'By patient; type the id and Ctrl-D' },
    {
      line: "samband messages search --type 'ORU^R01' --from 2026-01-31 --to 2026-02-01 --json",
      text: 'A day, for scripts',
    },
  ])
}

async function listed(client: OperationsClient, options: ListOptions, output: Output): Promise<void> {
  const search = await searchOf(options)
  const found: MessageSummary[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(pageMax, options.limit - found.length)
    const page = await client.searchMessages({ ...search, limit, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && found.length < options.limit)
  await rows(output, found, messageColumns, 'No messages.')
}

const statusStyle: Readonly<Record<string, Style>> = {
  dead: 'red',
  held: 'yellow',
  waiting: 'cyan',
  delivered: 'green',
}

export const messageColumns: readonly Column<MessageSummary>[] = [
  { title: 'Id', value: ({ id }) => String(id) },
  { title: 'Received', value: ({ receivedAt }) => localTime(receivedAt) },
  { title: 'Route', value: ({ route }) => route },
  { title: 'Type', value: ({ type }) => type ?? '' },
  { title: 'Control id', value: ({ controlId }) => controlId ?? '' },
  { title: 'Size', value: ({ bytes }) => bytesText(bytes), align: 'right' },
  { title: 'Status', value: ({ status }) => status, style: ({ status }) => statusStyle[status] },
  {
    title: 'To',
    value: ({ destinations }) =>
      destinations
        .map(
          ({ name, part, status }) =>
            `${name}${part > 0 ? `#${part}` : ''}${status === 'delivered' ? '' : `(${status})`}`,
        )
        .join(' '),
  },
]

type ShowOptions = CommonOptions & {
  readonly body?: boolean
  readonly raw?: boolean
  readonly tree?: boolean
  readonly trace?: boolean
  readonly event?: number
}

function addShow(messages: Command): void {
  const command = withConnection(
    messages
      .command('show')
      .summary('one message: where it went, what happened, its content')
      .description('Shows one message. Its content is shown on request only, and each reading is audited.')
      .argument('<id>', 'the message', messageId)
      .option('--body', 'its content as text')
      .option('--raw', 'its bytes, exactly, on standard output')
      .option('--tree', 'its fields')
      .option('--trace', 'what each step made of it')
      .option('--event <id>', 'what that attempt sent, and the answer to it', positive),
  )
  serverAction<ShowOptions>(command, show)
  withExamples(command, [
    { line: 'samband messages show 890762056827008', text: 'Where it went' },
    { line: 'samband messages show 890762056827008 --tree', text: 'Field by field' },
    { line: 'samband messages show 890762056827008 --raw > message.hl7', text: 'The bytes as they came' },
  ])
}

export function messageId(text: string): number {
  const id = Number(text)
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a message id is a whole number.')
  return id
}

async function show(
  client: OperationsClient,
  options: ShowOptions,
  output: Output,
  [text = '']: readonly string[],
): Promise<ExitCode | undefined> {
  const id = messageId(text)
  const { body, raw, tree, trace, event } = options
  if ([body, raw, tree, trace, event].filter(value => value !== undefined).length > 1) {
    throw usageError('one of --body, --raw, --tree, --trace and --event at a time')
  }
  if (raw === true) await output.write(Buffer.from((await client.body(id)).bytesBase64, 'base64'))
  else if (body === true) await shown(output, await client.body(id), readable)
  else if (tree === true) await shown(output, await client.tree(id), ({ segments }) => treeText(segments))
  else if (trace === true) await shown(output, await client.trace(id), traceText)
  else if (event !== undefined) await shown(output, await client.event(id, event), eventText)
  else await shown(output, await client.message(id), detail => detailText(detail, output.isTerminal))
  return undefined
}

async function shown<T extends object>(output: Output, value: T, text: (value: T) => string): Promise<void> {
  if (output.json) await jsonRow(output, value)
  else await output.write(`${text(value)}\n`)
}

/** One segment a line; other control characters made visible. */
function readable({ text }: Pick<BodyView, 'text'>): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(printable)
    .join('\n')
    .trimEnd()
}

type Nodes = Awaited<ReturnType<OperationsClient['tree']>>['segments']

function treeText(nodes: Nodes, depth = 0): string {
  return nodes
    .map(({ path, name, value, children }) => {
      const own = `${'  '.repeat(depth)}${path}${name === null ? '' : ` ${name}`}${value === null ? '' : `  ${printable(value)}`}`
      return children.length === 0 ? own : `${own}\n${treeText(children, depth + 1)}`
    })
    .join('\n')
}

function traceText({ revision, exact, steps }: Awaited<ReturnType<OperationsClient['trace']>>): string {
  const head = `Revision ${revision}${exact ? '' : ' (no longer loaded: computed with the current one)'}`
  const parts = steps.map(({ kind, name, outcome, text, after }) => {
    const note = text === null ? '' : `: ${text}`
    return `\n${kind} ${name}: ${outcome}${note}${after === null ? '' : `\n${indented(readable({ text: after }))}`}`
  })
  return [head, ...parts].join('\n')
}

function eventText({ output: sent, reply }: Awaited<ReturnType<OperationsClient['event']>>): string {
  return [
    ...(sent === null ? [] : ['Sent:', indented(readable(sent))]),
    ...(reply === null ? [] : ['Answer:', indented(readable(reply))]),
  ].join('\n')
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

type Detail = Awaited<ReturnType<OperationsClient['message']>>

function detailText(detail: Detail, colours: boolean): string {
  const { id, receivedAt, route, revision, type, controlId, peer, bytes, status, origin, timeline, descendants } =
    detail
  const facts: readonly (readonly [string, string])[] = [
    ['Message', String(id)],
    ['Received', `${localTime(receivedAt)} from ${peer}, ${bytesText(bytes)}`],
    ['Route', `${route} ${revision}`],
    ['Type', `${type ?? 'unknown'}${controlId === null ? '' : `, control id ${controlId}`}`],
    ['Status', styled(status, statusStyle[status], colours)],
    ...(origin === null
      ? []
      : [
          [
            'Made by',
            `${origin.verb === 'via' ? 'another route, from' : `${origin.verb} of`} ${origin.messageId}`,
          ] as const,
        ]),
    ...descendants.map(
      ({ messageId: child, verb, at }) =>
        ['Became', `${child} ${verb === 'via' ? 'in another route' : `by ${verb}`}, ${localTime(at)}`] as const,
    ),
  ]
  const lines = facts.map(([label, text]) => `${label.padEnd(9)} ${text}`)
  return [...lines, '', ...timeline.map(timelineLine)].join('\n')
}

function timelineLine(entry: TimelineEntry): string {
  const { at, kind, destination, part, step, attempt, code, text, actor, reason, hasOutput, hasReply, eventId } = entry
  const where = destination ?? step
  const parts = [
    localTime(at),
    kind.padEnd(14),
    ...(where === null ? [] : [`${where}${part > 0 ? `#${part}` : ''}`]),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(code === null ? [] : [code]),
    ...(text === null ? [] : [printable(text)]),
    ...(actor === null ? [] : [`by ${actor}`]),
    ...(reason === null ? [] : [`because: ${printable(reason)}`]),
    ...(hasOutput || hasReply ? [`(--event ${eventId})`] : []),
  ]
  return parts.join('  ')
}
