import {
  type Command,
  type CommonOptions,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { type PlaceOptions, withPlace } from '../config-place.ts'
import { messageId } from './messages.ts'

export type RecordCommandOptions = CommonOptions &
  PlaceOptions & {
    readonly last?: number
    readonly message?: readonly number[]
    readonly to?: string
    readonly keyFile?: string
    readonly rules?: string
    readonly keepUncovered?: boolean
    readonly keepIdentifiers?: boolean
    readonly reason?: string
    readonly force?: boolean
    readonly askCapabilities?: boolean
  }

export function addRecord(program: Command): void {
  const command = withPlace(
    withConnection(
      program
        .command('record')
        .summary('real messages, redacted, as tests of their route')
        .description(
          'Fetches messages of a running server, replaces who they are about by stable pseudonyms, moves their dates, and stores them beside the routes with what the route makes of them: samband test holds the route to it. What is expected is computed anew from the redacted message, because redaction changes outputs; whether the real message would go out as it did is told, too. Each content that is read is audited. Review what is written before you commit it: pseudonyms are not anonymity.',
        )
        .argument('<route>', 'whose messages'),
    ),
  )
    .option('--last <n>', 'the newest so many', positive)
    .option('--message <id...>', 'these messages', collectId)
    .option('--to <folder>', 'where fixtures lie; routes/fixtures of the configuration unless given')
    .option(
      '--key-file <file>',
      'key of the pseudonyms; redaction.key in the data folder unless given, made if missing',
    )
    .option('--rules <file>', 'rules of the site: [{ "path": "ZPI-3", "as": "keep" }]')
    .option('--keep-uncovered', 'keep fields that nothing covers (Z segments), instead of emptying them')
    .option('--ask-capabilities', "ask the configuration's capabilities, with the redacted messages, what calls need")
    .option('--keep-identifiers', 'no redaction; only in the environment dev, and with --reason')
    .option('--reason <text>', 'why identifiers are kept; stored with the fixture')
    .option('--force', 'with --keep-identifiers: also what cannot be read as HL7 v2')
  serverAction<RecordCommandOptions>(command, async (client, options, output, [route = '']) => {
    const { runRecord } = await import('../run-record.ts')
    return await runRecord({ client, options, output, route })
  })
  withExamples(command, [
    { line: 'samband record ehr-events --last 20', text: 'The newest twenty' },
    { line: 'samband record ehr-events --message 890762056827008', text: 'One that went wrong, before it is mended' },
    {
      line: 'samband record lab-results --last 5 --example hospital --ask-capabilities',
      text: 'Of a route that calls: its capabilities are asked',
    },
  ])
}

function collectId(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, messageId(text)]
}
