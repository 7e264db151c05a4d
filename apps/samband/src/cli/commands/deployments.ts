import type { DeploymentView } from '@samband/operations/contract'
import {
  type Command,
  type CommonOptions,
  durationMs,
  InvalidArgumentError,
  positive,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { type Column, jsonRow, localTime, type Output, rows } from '../output.ts'
import { planText } from '../plan-view.ts'
import { followDeployment, shownPlan, waitDefaultMs } from '../run-deployment.ts'

export function addDeployments(program: Command): void {
  addPlan(program)
  addApply(program)
  addRollback(program)
  addRevisions(program)
}

type PlanOptions = CommonOptions & { readonly messages?: number; readonly deployment?: number }

function addPlan(program: Command): void {
  const command = withConnection(
    program
      .command('plan')
      .summary('what applying the routes would change')
      .description(
        "Asks the server to load the routes of its folders beside those that run, to run the last real messages through both, and to tell what would go out otherwise. Nothing changes. Contents are shown to who may read messages' contents, and each is written to the audit log; others see counts and paths.",
      )
      .option('--messages <n>', 'how many of the last messages; 200 unless given', positive)
      .option(
        '--deployment <id>',
        'a former deployment instead of the folders: what a rollback would change',
        positive,
      ),
  )
  serverAction<PlanOptions>(command, async (client, { messages, deployment }, output) => {
    const plan = await client.planDeployment({
      ...(messages === undefined ? {} : { messages }),
      ...(deployment === undefined ? {} : { deployment }),
    })
    if (output.json) return await jsonRow(output, plan)
    await output.write(`${await planText(plan)}\n`)
    if (!plan.contents) output.note('Contents are left out: they need the permission messages:body.')
    if (plan.routes.every(({ change }) => change === 'same')) return
    const act = deployment === undefined ? `apply --plan ${plan.id}` : `rollback ${deployment}`
    output.note(`Nothing was changed. To do it: samband ${act} --reason "..."`)
  })
  withExamples(command, [
    { line: 'samband plan', text: 'Before the routes are applied' },
    { line: 'samband plan --messages 2000 --json', text: 'A longer look, for a pipeline' },
    { line: 'samband plan --deployment 12', text: 'What going back to deployment 12 would change' },
  ])
}

type ApplyOptions = CommonOptions & { readonly plan?: string; readonly reason: string; readonly wait?: number }

function addApply(program: Command): void {
  const command = withConnection(
    program
      .command('apply')
      .summary("run the routes of the server's folders")
      .description(
        'Switches to the routes as they stand in the folders of the server: new ones start, changed ones take over once their former revision has drained, the others stop. Every process of the installation follows. What does not load changes nothing.',
      )
      .option('--plan <id>', 'only if the folders are still what that plan looked at', planId)
      .requiredOption('--reason <text>', 'why: it is kept')
      .option('--wait <time>', 'how long to wait for every process: 90s', durationMs),
  )
  serverAction<ApplyOptions>(command, async (client, { plan, reason, wait }, output) => {
    const begun = await client.applyDeployment({ reason, ...(plan === undefined ? {} : { plan }) })
    return await followDeployment(client, begun, wait ?? waitDefaultMs, output)
  })
  withExamples(command, [
    {
      line: 'samband apply --plan 3f2a90bc17de --reason "CHANGE-4711: new codes"',
      text: 'What was planned, and no other',
    },
    { line: 'samband apply --reason "first version of the billing route"', text: 'Whatever is in the folders' },
  ])
}

type RollbackOptions = CommonOptions & { readonly reason: string; readonly wait?: number }

function addRollback(program: Command): void {
  const command = withConnection(
    program
      .command('rollback')
      .summary('run the routes of a former deployment again')
      .description(
        'Switches back to the routes of a former deployment: the one before the current unless an id is given. The files in the folders are left as they are.',
      )
      .argument('[deployment]', 'its id, as samband revisions shows it', deploymentId)
      .requiredOption('--reason <text>', 'why: it is kept')
      .option('--wait <time>', 'how long to wait for every process: 90s', durationMs),
  )
  serverAction<RollbackOptions>(command, async (client, { reason, wait }, output, [id]) => {
    const deployment = id === undefined ? {} : { deployment: deploymentId(id) }
    await shownPlan(client, deployment, output)
    const begun = await client.rollbackDeployment({ ...deployment, reason })
    return await followDeployment(client, begun, wait ?? waitDefaultMs, output)
  })
  withExamples(command, [
    { line: 'samband rollback --reason "wrong code system in OBX-3"', text: 'To what ran before' },
    { line: 'samband rollback 12 --reason "back to before the upgrade"', text: 'To a certain one' },
  ])
}

type RevisionsOptions = CommonOptions & { readonly limit?: number; readonly before?: string }

function addRevisions(program: Command): void {
  const command = withConnection(
    program
      .command('revisions')
      .summary('deployments: what was applied, by whom and why')
      .description('Lists deployments with the revisions of their routes, newest first.')
      .option('--limit <n>', 'how many at most; 50 unless given', positive)
      .option('--before <id>', 'older than that deployment'),
  )
  serverAction<RevisionsOptions>(command, async (client, { limit, before }, output) => {
    const page = await client.deployments({
      ...(limit === undefined ? {} : { limit }),
      ...(before === undefined ? {} : { cursor: before }),
    })
    await rows(output, page.items, deploymentColumns, 'No deployments.')
    more(page.nextCursor, output)
  })
  withExamples(command, [
    { line: 'samband revisions', text: 'What ran when' },
    { line: 'samband revisions --limit 1 --json', text: 'The newest, for a script' },
  ])
}

function more(nextCursor: string | null, output: Output): void {
  if (nextCursor !== null && !output.json) output.note(`More: samband revisions --before ${nextCursor}`)
}

const deploymentColumns: readonly Column<DeploymentView>[] = [
  { title: 'Id', value: ({ id }) => String(id), align: 'right' },
  {
    title: 'State',
    value: ({ state }) => state,
    style: ({ state }) =>
      (({ applying: 'yellow', current: 'green', superseded: 'dim', failed: 'red' }) as const)[state],
  },
  { title: 'At', value: ({ at, actor }) => `${localTime(at)} by ${actor}` },
  { title: 'Routes', value: ({ routes }) => routes.map(({ name, revision }) => `${name} ${revision}`).join(', ') },
  {
    title: 'Reason',
    value: ({ reason, rolledBackTo, error }) =>
      `${rolledBackTo === null ? '' : `(back to ${rolledBackTo}) `}${reason}${error === null ? '' : `: ${error}`}`,
  },
]

function deploymentId(text: string): number {
  const id = Number(text)
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a deployment id is a whole number.')
  return id
}

function planId(text: string): string {
  if (/^[0-9a-f]{12}$/.test(text)) return text
  throw new InvalidArgumentError('it must be the id of a plan, as samband plan shows it.')
}
