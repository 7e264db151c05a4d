import type { Job } from '@samband/operations/contract'
import { IconPlayerTrackNext } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { jobsQuery } from '../../api/jobs.ts'
import { formatCount, formatDuration } from '../../model/format.ts'
import { verbWords } from '../../model/verb-words.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { JobBar, JobButtons, jobWords } from '../../parts/job-progress.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { type Tone, ToneBadge } from '../../parts/status.tsx'
import { TableSkeleton } from '../../parts/table-skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import classes from './jobs-page.module.css'

const tones: Readonly<Record<Job['state'], Tone>> = {
  running: 'info',
  paused: 'warn',
  done: 'ok',
  cancelled: 'quiet',
  failed: 'bad',
}

export function JobsPage(): ReactElement {
  const query = useQuery(jobsQuery)
  const jobs = query.data ?? []
  return (
    <>
      <PageHeader title="Jobs" lead="Bulk acts that run on the server: who started them, why, and how far they are." />
      <div className="panel">
        {query.isPending && <TableSkeleton />}
        {query.isError && !query.data && (
          <ErrorState error={query.error} what="The jobs" onRetry={() => void query.refetch()} />
        )}
        {query.isSuccess && jobs.length === 0 && (
          <EmptyState icon={IconPlayerTrackNext} title="No jobs">
            Replaying or discarding a group of dead letters starts one.
          </EmptyState>
        )}
        <ul className={classes.jobs}>
          {jobs.map(job => (
            <JobRow key={job.id} job={job} />
          ))}
        </ul>
      </div>
    </>
  )
}

function JobRow({ job }: { readonly job: Job }): ReactElement {
  const tookMs = job.endedAt ? Date.parse(job.endedAt) - Date.parse(job.startedAt) : null
  return (
    <li className={classes.job}>
      <div className={classes.what}>
        <strong>
          {verbWords[job.verb].label} <span className="muted">job {job.id}</span>
        </strong>
        <ToneBadge tone={tones[job.state]}>{jobWords[job.state]}</ToneBadge>
      </div>
      <div className={classes.progress}>
        <JobBar job={job} size="sm" />
        <span>
          {formatCount(job.done)} of {formatCount(job.total)}
          {job.failed > 0 && <b>, {formatCount(job.failed)} failed</b>}
        </span>
      </div>
      <div className={classes.who}>
        {job.actor}: “{job.reason}”, <Time at={job.startedAt} />
        {tookMs !== null && `, took ${formatDuration(tookMs)}`}
        {job.lastError && <div className={classes.error}>{job.lastError}</div>}
      </div>
      <JobButtons job={job} />
    </li>
  )
}
