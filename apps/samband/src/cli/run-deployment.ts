import { setTimeout as delay } from 'node:timers/promises'
import type { OperationsClient } from '@samband/operations/client'
import type { DeploymentProgress } from '@samband/operations/contract'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { jsonRow, type Output, printable } from './output.ts'
import { planText } from './plan-view.ts'

export const waitDefaultMs = 90_000
const pollMs = 250

/** What a rollback is about to change, on stderr: the act itself was asked for. */
export async function shownPlan(
  client: OperationsClient,
  request: { readonly deployment?: number },
  output: Output,
): Promise<void> {
  const former = request.deployment ?? (await formerOf(client))
  // Without one, the server says so when it is asked to go back.
  if (former === undefined || output.json) return
  output.note(await planText(await client.planDeployment({ deployment: former })))
}

async function formerOf(client: OperationsClient): Promise<number | undefined> {
  const { items } = await client.deployments()
  const current = items.find(({ state }) => state === 'current')
  const before = current?.rolledBackTo ?? current?.id
  return items.find(({ id, state }) => state === 'superseded' && before !== undefined && id < before)?.id
}

/** Tells each route that switched and each process that followed, until all have or the time is over. */
export async function followDeployment(
  client: OperationsClient,
  begun: DeploymentProgress,
  waitMs: number,
  output: Output,
): Promise<ExitCode | undefined> {
  const until = Date.now() + waitMs
  const told = new Set<string>()
  let progress = begun
  if (begun.state !== 'applying') return await ended(begun, true, output)
  while (!isDone(progress) && Date.now() < until) {
    tell(progress, told, output)
    await delay(pollMs)
    progress = await client.deployment(begun.id)
  }
  tell(progress, told, output)
  output.progress('')
  return await ended(progress, false, output)
}

function isDone(progress: DeploymentProgress): boolean {
  if (progress.state === 'applying') return false
  return progress.state !== 'current' || behind(progress).length === 0
}

function behind({ id, processes }: DeploymentProgress): DeploymentProgress['processes'] {
  return processes.filter(({ deployment }) => deployment !== id)
}

function tell({ routes, running }: DeploymentProgress, told: Set<string>, output: Output): void {
  if (output.json) return
  const waiting: string[] = []
  for (const { name, revision } of routes) {
    const now = running.find(({ route }) => route === name)?.revision
    if (now !== revision) waiting.push(name)
    else if (!told.has(name)) {
      told.add(name)
      output.note(`  ${name} ${revision} runs`)
    }
  }
  if (waiting.length > 0) output.progress(`  drains: ${waiting.join(', ')}`)
}

async function ended(progress: DeploymentProgress, unchanged: boolean, output: Output): Promise<ExitCode | undefined> {
  const { id, state, error } = progress
  if (output.json) await jsonRow(output, progress)
  else await output.write(`${endText(progress, unchanged)}\n`)
  if (state === 'failed') {
    output.note(`samband: ${printable(error ?? '')}`)
    return exitCodes.failure
  }
  if (state === 'applying') {
    output.note(`samband: not done yet: samband revisions shows how deployment ${id} ends`)
    return exitCodes.partial
  }
  const late = unchanged ? [] : behind(progress)
  for (const { name, error: why } of late) {
    output.note(`samband: ${name} does not run it yet${why === null ? '' : `: ${printable(why)}`}`)
  }
  return late.length === 0 ? undefined : exitCodes.partial
}

function endText({ id, state, processes }: DeploymentProgress, unchanged: boolean): string {
  if (unchanged) return `Nothing changes: deployment ${id} runs these routes already.`
  if (state === 'failed') return `Deployment ${id} failed: what ran goes on running.`
  const count = processes.filter(({ deployment }) => deployment === id).length
  if (state === 'current') return `Deployment ${id} runs in ${count} ${count === 1 ? 'process' : 'processes'}.`
  return `Deployment ${id} is ${state}.`
}
