import type { TokenFacts } from '@samband/operations/contract'
import {
  type Command,
  type CommonOptions,
  Option,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { type Column, jsonRow, localTime, rows } from '../output.ts'
import { roleNames } from './users.ts'

export function addAdministration(program: Command): void {
  const admin = program.command('admin').summary('back in, when the password is lost')
  addResetPassword(admin)
  const token = program.command('token').summary('tokens for programs')
  addTokenCreate(token)
  addTokenList(token)
  addTokenRevoke(token)
}

type ResetOptions = CommonOptions & { readonly user: string; readonly config?: string; readonly example?: string }

function addResetPassword(admin: Command): void {
  const command = withConnection(
    admin
      .command('reset-password')
      .summary('a new password for a user')
      .description(
        'Makes a new password and shows it once; every session of that user ends. Asks the server on this machine; where none runs, it opens the database itself (as the configuration, SAMBAND_DATABASE_URL or the data folder say).',
      )
      .option('--user <name>', 'whose', 'admin')
      .addOption(new Option('--config <file>', 'the configuration, where no server runs').env('SAMBAND_CONFIG'))
      .option('--example <name>', "an example's configuration, where no server runs"),
  ).action(async () => {
    const { runResetPassword } = await import('../run-reset-password.ts')
    // Declared above; commander keeps options untyped.
    await runResetPassword(command.opts<ResetOptions>())
  })
  withExamples(command, [
    { line: 'samband admin reset-password', text: "The administrator's" },
    { line: 'samband admin reset-password --user kari --json', text: "Somebody else's, for a script" },
  ])
}

type CreateOptions = CommonOptions & { readonly name: string; readonly role: string[]; readonly days?: number }

function addTokenCreate(token: Command): void {
  const command = withConnection(
    token
      .command('create')
      .summary('a new token, shown once')
      .description('Makes a token for a program. It is shown this once; only its hash is kept.')
      .requiredOption('--name <name>', 'what it is for')
      .addOption(new Option('--role <roles...>', 'what it may do').choices(roleNames).default(['monitor']))
      .option('--days <n>', 'expires after so many days; never unless given', positive),
  )
  serverAction<CreateOptions>(command, async (client, { name, role, days }, output) => {
    const made = await client.createToken({ name, roles: role, ...(days === undefined ? {} : { expiresInDays: days }) })
    if (output.json) return await jsonRow(output, { ...made.facts, token: made.token })
    await output.write(`${made.token}\n`)
    output.note('This token is shown only now. Give it to the program as SAMBAND_TOKEN.')
  })
  withExamples(command, [
    { line: 'samband token create --name monitoring', text: 'For a monitoring system: no patient data' },
    {
      line: 'samband token create --name nightly-export --role reader --days 90',
      text: 'May read contents, for three months',
    },
  ])
}

function addTokenList(token: Command): void {
  const command = withConnection(
    token
      .command('list')
      .summary('the tokens, without themselves')
      .description('Lists tokens and when they were last used.'),
  )
  serverAction<CommonOptions>(command, async (client, _options, output) => {
    await rows(output, await client.tokens(), tokenColumns, 'No tokens.')
  })
  withExamples(command, [{ line: 'samband token list', text: 'Which there are, and which nobody uses' }])
}

const tokenColumns: readonly Column<TokenFacts>[] = [
  { title: 'Id', value: ({ id }) => id },
  { title: 'Name', value: ({ name }) => name },
  { title: 'Roles', value: ({ roles }) => roles.join(' ') },
  { title: 'Made', value: ({ createdAt, createdBy }) => `${localTime(createdAt)} by ${createdBy}` },
  { title: 'Last used', value: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : localTime(lastUsedAt)) },
  { title: 'Expires', value: ({ expiresAt }) => (expiresAt === null ? 'never' : localTime(expiresAt)) },
]

function addTokenRevoke(token: Command): void {
  const command = withConnection(
    token
      .command('revoke')
      .summary('end a token at once')
      .description('Revokes tokens. Whatever uses them is refused from now on.')
      .argument('<ids...>', 'as "samband token list" shows them'),
  )
  serverAction<CommonOptions>(command, async (client, _options, output, ids) => {
    for (const id of ids) {
      await client.revokeToken(id)
      if (output.json) await jsonRow(output, { id, revoked: true })
      else await output.write(`${id}: revoked\n`)
    }
  })
  withExamples(command, [{ line: 'samband token revoke 3f2a90bc17de4501', text: 'One that leaked' }])
}
