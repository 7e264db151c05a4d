import type { RefusalView } from '@samband/operations/contract'
import {
  type Command,
  type CommonOptions,
  InvalidArgumentError,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { bytesText, type Column, jsonRow, localTime, printable, rows } from '../output.ts'

/** What was refused before it became a message: garbage on a listener, frames that never end, messages too large. */
export function addRefusals(program: Command): void {
  const refusals = program.command('refusals').summary('what was refused before it became a message')
  addList(refusals)
  addShow(refusals)
}

type ListOptions = CommonOptions & { readonly route?: string; readonly limit: number }

const pageMax = 500

function addList(refusals: Command): void {
  const command = withConnection(
    refusals
      .command('list')
      .summary('the newest refusals, with why')
      .description('Lists what listeners refused, newest first: where, from whom, why.')
      .option('--route <name>', 'of this route')
      .option('--limit <n>', 'so many', positive, 50),
  )
  serverAction<ListOptions>(command, async (client, { route, limit }, output) => {
    const filter = route === undefined ? {} : { route }
    const found: RefusalView[] = []
    let cursor: string | undefined
    do {
      const rest = Math.min(pageMax, limit - found.length)
      const page = await client.refusals({ ...filter, limit: rest, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...page.items)
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined && found.length < limit)
    await rows(output, found, refusalColumns, 'No refusals.')
  })
  withExamples(command, [{ line: 'samband refusals list', text: 'What senders do wrong' }])
}

const refusalColumns: readonly Column<RefusalView>[] = [
  { title: 'Id', value: ({ id }) => String(id) },
  { title: 'At', value: ({ at }) => localTime(at) },
  { title: 'Route', value: ({ route }) => route },
  { title: 'From', value: ({ peer }) => peer },
  { title: 'Size', value: ({ bytes }) => bytesText(bytes), align: 'right' },
  { title: 'Why', value: ({ code, text }) => `${code}: ${text}` },
]

type ShowOptions = CommonOptions & { readonly raw?: boolean }

function addShow(refusals: Command): void {
  const command = withConnection(
    refusals
      .command('show')
      .summary('the first bytes of what was refused')
      .description('Shows the first bytes of what was refused. They may be patient data: the reading is audited.')
      .argument('<id>', 'as "samband refusals list" shows it', refusalId)
      .option('--raw', 'the bytes, exactly, on standard output'),
  )
  serverAction<ShowOptions>(command, async (client, { raw }, output, [id = '']) => {
    const body = await client.refusalBody(refusalId(id))
    if (raw === true) return await output.write(Buffer.from(body.bytesBase64, 'base64'))
    if (output.json) return await jsonRow(output, body)
    await output.write(
      `${body.text
        .split(/\r\n|\r|\n/)
        .map(printable)
        .join('\n')
        .trimEnd()}\n`,
    )
  })
  withExamples(command, [{ line: 'samband refusals show 890762056827008', text: 'What came instead of a message' }])
}

function refusalId(text: string): number {
  const id = Number(text)
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a refusal id is a whole number.')
  return id
}
