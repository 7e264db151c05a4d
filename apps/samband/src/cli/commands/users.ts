import type { AuditView, UserFacts } from '@samband/operations/contract'
import {
  type Command,
  type CommonOptions,
  Option,
  pointInTime,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { type Column, jsonRow, localTime, rows } from '../output.ts'

export const roleNames: readonly string[] = [
  'administrator',
  'operator',
  'reader',
  'monitor',
  'deployer',
  'auditor',
  'fhir-reader',
  'fhir-writer',
]

export function addUsers(program: Command): void {
  const user = program.command('user').summary('who may sign in, and as what')
  addCreate(user)
  addList(user)
  addRemove(user)
  addAudit(program)
}

type CreateOptions = CommonOptions & { readonly role: readonly string[] }

function addCreate(user: Command): void {
  const command = withConnection(
    user
      .command('create')
      .summary('a new user with a generated password, shown once')
      .description('Makes a user. The password is generated and shown this once; the user changes it in the console.')
      .argument('<name>', 'lower-case letters, digits and . _ @ -')
      .addOption(new Option('--role <roles...>', 'what the user may do').choices(roleNames).makeOptionMandatory()),
  )
  serverAction<CreateOptions>(command, async (client, { role }, output, [name = '']) => {
    const made = await client.createUser(name, role)
    if (output.json) return await jsonRow(output, made)
    await output.write(`${made.password}\n`)
    output.note(`The password of ${made.user}. It is shown only now.`)
  })
  withExamples(command, [
    { line: 'samband user create kari --role operator', text: 'Sees content, repairs and replays' },
    { line: 'samband user create wallscreen --role monitor', text: 'Rates and queues, no patient data' },
  ])
}

function addList(user: Command): void {
  const command = withConnection(
    user.command('list').summary('users and their roles').description('Lists who may sign in.'),
  )
  serverAction<CommonOptions>(command, async (client, _options, output) => {
    await rows(output, await client.users(), userColumns, 'No users.')
  })
  withExamples(command, [{ line: 'samband user list', text: 'Who they are, and who has not been here for long' }])
}

const userColumns: readonly Column<UserFacts>[] = [
  { title: 'Name', value: ({ name }) => name },
  { title: 'Roles', value: ({ roles }) => roles.join(' ') },
  { title: 'Made', value: ({ createdAt }) => localTime(createdAt) },
  { title: 'Password from', value: ({ passwordChangedAt }) => localTime(passwordChangedAt) },
  { title: 'Signed in', value: ({ signedInAt }) => (signedInAt === null ? 'never' : localTime(signedInAt)) },
]

function addRemove(user: Command): void {
  const command = withConnection(
    user
      .command('remove')
      .summary('remove a user')
      .description('Removes a user and ends every session. What the user did stays in the audit log.')
      .argument('<name>', 'whom'),
  )
  serverAction<CommonOptions>(command, async (client, _options, output, [name = '']) => {
    await client.removeUser(name)
    if (output.json) await jsonRow(output, { user: name, removed: true })
    else await output.write(`${name}: removed\n`)
  })
  withExamples(command, [{ line: 'samband user remove kari', text: 'Somebody who left' }])
}

type AuditOptions = CommonOptions & {
  readonly actor?: string
  readonly action?: string
  readonly message?: number
  readonly from?: string
  readonly to?: string
  readonly limit: number
}

const pageMax = 500

function addAudit(program: Command): void {
  const command = withConnection(
    program
      .command('audit')
      .summary('who did what, with which message, from where')
      .description('Reads the audit log, newest first. Reading it is itself audited.')
      .option('--actor <name>', 'by this user or token')
      .option('--action <action>', 'of this kind: message-body-read, sign-in ...')
      .option('--message <id>', 'about this message', positive)
      .option('--from <time>', 'since: 2026-01-31, or how long ago: 7d', pointInTime)
      .option('--to <time>', 'before, written the same way', pointInTime)
      .option('--limit <n>', 'so many', positive, 50),
  )
  serverAction<AuditOptions>(command, async (client, { actor, action, message, from, to, limit }, output) => {
    const search = {
      ...(actor === undefined ? {} : { actor }),
      ...(action === undefined ? {} : { action }),
      ...(message === undefined ? {} : { messageId: message }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }
    const found: AuditView[] = []
    let cursor: string | undefined
    do {
      const rest = Math.min(pageMax, limit - found.length)
      const page = await client.searchAudit({ ...search, limit: rest, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...page.items)
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined && found.length < limit)
    await rows(output, found, auditColumns, 'Nothing in the audit log.')
  })
  withExamples(command, [
    { line: 'samband audit --message 890762056827008', text: 'Who looked at one message' },
    { line: 'samband audit --actor kari --from 7d --json', text: 'What somebody did in a week' },
  ])
}

const auditColumns: readonly Column<AuditView>[] = [
  { title: 'At', value: ({ at }) => localTime(at) },
  { title: 'Who', value: ({ actor }) => actor },
  { title: 'Did', value: ({ action }) => action },
  { title: 'What', value: ({ subject }) => (subject === null ? '' : `${subject.kind} ${subject.id}`) },
  {
    title: 'Outcome',
    value: ({ outcome }) => outcome,
    style: ({ outcome }) => (outcome === 'success' ? undefined : 'red'),
  },
  { title: 'From', value: ({ address }) => address ?? '' },
  { title: 'Why', value: ({ purpose }) => purpose ?? '' },
]
