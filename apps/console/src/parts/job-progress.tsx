import type { Job } from '@samband/operations/contract'
import { Button, Group, Progress } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactElement, useEffect } from 'react'
import { isActive, type JobCommand, jobQuery, useJobCommand } from '../api/jobs.ts'
import { formatCount } from '../model/format.ts'
import { AllowedButton } from './allowed-button.tsx'
import { ErrorLine, ErrorState } from './error-state.tsx'
import classes from './job-progress.module.css'

export const jobWords: Readonly<Record<Job['state'], string>> = {
  running: 'Running',
  paused: 'Paused',
  done: 'Done',
  cancelled: 'Cancelled',
  failed: 'Failed',
}

/** A job as it runs, with pause and cancel; closing the dialog does not stop it. */
export function JobProgress({ id, onClose }: { readonly id: number; readonly onClose: () => void }): ReactElement {
  const query = useQuery(jobQuery(id))
  const client = useQueryClient()
  const job = query.data
  const state = job?.state
  useEffect(() => {
    if (state && state !== 'running') void client.invalidateQueries({ queryKey: ['dead-letters'] })
  }, [client, state])
  if (!job) return <ErrorState error={query.error ?? new Error('The job is not there yet.')} what="The job" />
  return (
    <div className={classes.progress}>
      <div className={classes.head} role="status">
        <strong>{jobWords[job.state]}</strong>
        <span>
          {formatCount(job.done)} of {formatCount(job.total)}
          {job.failed > 0 && <span className={classes.failed}>, {formatCount(job.failed)} failed</span>}
        </span>
      </div>
      <JobBar job={job} size="lg" />
      {job.lastError && <p className={classes.error}>{job.lastError}</p>}
      <Group justify="space-between">
        <Link to="/jobs" className="link" onClick={onClose}>
          All jobs
        </Link>
        <Group gap="xs">
          <JobButtons job={job} />
          <Button variant={isActive(job) ? 'default' : 'filled'} onClick={onClose}>
            {isActive(job) ? 'Let it run' : 'Close'}
          </Button>
        </Group>
      </Group>
    </div>
  )
}

const barColors: Readonly<Record<Job['state'], string>> = {
  running: 'fjord',
  paused: 'yellow',
  done: 'fjord',
  cancelled: 'gray',
  failed: 'red',
}

export function JobBar({ job, size }: { readonly job: Job; readonly size: 'sm' | 'lg' }): ReactElement {
  const share = job.total === 0 ? 100 : (job.done / job.total) * 100
  return (
    <Progress
      size={size}
      radius="xl"
      value={share}
      color={barColors[job.state]}
      animated={job.state === 'running'}
      aria-label={`Job ${job.id}: ${Math.round(share)} %`}
    />
  )
}

export function JobButtons({ job }: { readonly job: Job }): ReactElement | null {
  const command = useJobCommand()
  if (!isActive(job)) return null
  const run = (name: JobCommand): void => command.mutate({ id: job.id, command: name })
  return (
    <Group gap="xs">
      <ErrorLine error={command.error} />
      {job.state === 'running' ? (
        <AllowedButton ability="run-job" variant="default" onClick={() => run('pause')}>
          Pause
        </AllowedButton>
      ) : (
        <AllowedButton ability="run-job" variant="default" onClick={() => run('resume')}>
          Resume
        </AllowedButton>
      )}
      <AllowedButton ability="run-job" variant="default" c="var(--sb-bad)" onClick={() => run('cancel')}>
        Cancel job
      </AllowedButton>
    </Group>
  )
}
