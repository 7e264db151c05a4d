import { createInterface } from 'node:readline/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { OperationsClient } from '@samband/operations/client'
import type { Job, JobRequest } from '@samband/operations/contract'
import { CliError, type ExitCode, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, type Output } from './output.ts'
import { messageColumns } from './commands/messages.ts'
import { table } from './output.ts'

export type JobOptions = {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly perSecond?: number
  readonly wait?: boolean
}

const pollMs = 300
const sampleShown = 5

/**
 * A bulk act as the server's job: counts and samples first, asks the person to type the count (or takes `--yes`), starts
 * it and follows it to its end.
 */
export async function runJob(
  client: OperationsClient,
  request: Omit<JobRequest, 'dryRun' | 'confirmCount'>,
  options: JobOptions,
  output: Output,
): Promise<ExitCode | undefined> {
  const preview = await client.previewJob(request)
  if (options.dryRun === true) {
    if (output.json) await jsonRow(output, preview)
    else await output.write(`${previewText(request, preview, output)}\n`)
    return undefined
  }
  if (preview.count === 0) {
    if (output.json) await jsonRow(output, { count: 0 })
    else output.note('Nothing matches.')
    return undefined
  }
  if (options.yes !== true) await confirm(request, preview, output)
  const job = await client.startJob({
    ...request,
    confirmCount: preview.count,
    ...(options.perSecond === undefined ? {} : { perSecond: options.perSecond }),
  })
  const ended = options.wait === false ? job : await followed(client, job, output)
  if (output.json) await jsonRow(output, ended)
  else await output.write(`${jobText(ended)}\n`)
  return jobExitCode(ended)
}

type Preview = Awaited<ReturnType<OperationsClient['previewJob']>>

function previewText(request: Pick<JobRequest, 'verb'>, { count, sample }: Preview, output: Output): string {
  const head = `${request.verb} would touch ${count} ${count === 1 ? 'message' : 'messages'}.`
  if (sample.length === 0) return head
  const rest = count - Math.min(sampleShown, sample.length)
  const more = rest > 0 ? `\n... and ${rest} more` : ''
  return `${head}\n${table(sample.slice(0, sampleShown), messageColumns, output.isTerminal)}${more}`
}

async function confirm(request: Pick<JobRequest, 'verb'>, preview: Preview, output: Output): Promise<void> {
  if (!process.stdin.isTTY || output.json) {
    throw usageError(
      `${preview.count} messages: give --yes to ${request.verb} them without being asked, or --dry-run to look first`,
    )
  }
  output.note(previewText(request, preview, output))
  const question = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const typed = await question.question(`Type ${preview.count} to ${request.verb} them: `)
    if (typed.trim() === String(preview.count)) return
  } finally {
    question.close()
  }
  throw new CliError({
    code: 'not-confirmed',
    exitCode: exitCodes.interrupted,
    message: 'not confirmed: nothing was done',
  })
}

async function followed(client: OperationsClient, started: Job, output: Output): Promise<Job> {
  let job = started
  while (job.state === 'running' || job.state === 'paused') {
    output.progress(`  ${job.verb}: ${job.done} of ${job.total}${job.failed === 0 ? '' : `, ${job.failed} failed`}`)
    await delay(pollMs)
    job = await client.job(job.id)
  }
  output.progress('')
  return job
}

export function jobText({ id, verb, state, total, done, failed, lastError }: Job): string {
  const trouble = lastError === null ? '' : `; last: ${lastError}`
  return `Job ${id} (${verb}): ${state}, ${done} of ${total} done, ${failed} failed${trouble}`
}

function jobExitCode({ state, failed, done }: Job): ExitCode | undefined {
  if (state === 'failed') return exitCodes.failure
  if (failed === 0) return undefined
  return done > failed ? exitCodes.partial : exitCodes.failure
}
