import type { Job } from '@samband/operations/contract'
import {
  type Command,
  type CommonOptions,
  InvalidArgumentError,
  serverAction,
  withConnection,
  withExamples,
} from '../command-kit.ts'
import { type Column, jsonRow, localTime, rows } from '../output.ts'
import { jobText } from '../run-job.ts'

export function addJobs(program: Command): void {
  const jobs = program.command('jobs').summary('bulk acts under way: look, pause, resume, cancel')
  const list = withConnection(
    jobs.command('list').summary('jobs, newest first').description('Lists bulk acts under way and ended.'),
  )
  serverAction<CommonOptions>(list, async (client, _options, output) => {
    await rows(output, await client.jobs(), jobColumns, 'No jobs.')
  })
  withExamples(list, [{ line: 'samband jobs list', text: 'What runs in bulk, and for whom' }])
  for (const control of ['pause', 'resume', 'cancel'] as const) {
    const command = withConnection(
      jobs
        .command(control)
        .summary(`${control} a job`)
        .description(`${control[0]?.toUpperCase() ?? ''}${control.slice(1)}s a job. What is done stays done.`)
        .argument('<id>', 'the job', jobId),
    )
    serverAction<CommonOptions>(command, async (client, _options, output, [id = '']) => {
      const job = await client.controlJob(jobId(id), control)
      if (output.json) await jsonRow(output, job)
      else await output.write(`${jobText(job)}\n`)
    })
    withExamples(command, [
      { line: `samband jobs ${control} 890762056827008`, text: `By the id that "samband jobs list" shows` },
    ])
  }
}

function jobId(text: string): number {
  const id = Number(text)
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a job id is a whole number.')
  return id
}

const jobColumns: readonly Column<Job>[] = [
  { title: 'Id', value: ({ id }) => String(id) },
  { title: 'Verb', value: ({ verb }) => verb },
  { title: 'State', value: ({ state }) => state },
  { title: 'Done', value: ({ done, total }) => `${done}/${total}`, align: 'right' },
  { title: 'Failed', value: ({ failed }) => String(failed), align: 'right' },
  { title: 'Started', value: ({ startedAt, actor }) => `${localTime(startedAt)} by ${actor}` },
  { title: 'Reason', value: ({ reason }) => reason },
]
