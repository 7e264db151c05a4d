import { queryOptions, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Job, JobPreview, JobRequest, Page } from '@samband/operations/contract'
import { get, post } from './client.ts'

export const isActive = (job: Job | undefined): boolean => job?.state === 'running' || job?.state === 'paused'

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => get<readonly Job[] | Page<Job>>('/jobs', signal),
  select: (answer): readonly Job[] => ('items' in answer ? answer.items : answer),
  refetchInterval: 2_000,
})

export const jobQuery = (id: number) =>
  queryOptions({
    queryKey: ['jobs', id],
    queryFn: ({ signal }) => get<Job>(`/jobs/${id}`, signal),
    refetchInterval: query => (isActive(query.state.data) || !query.state.data ? 700 : false),
  })

export type JobDraft = Omit<JobRequest, 'dryRun' | 'confirmCount'>

/** Counts and samples what a job would touch; changes nothing. */
export const jobPreviewQuery = (draft: Pick<JobRequest, 'verb' | 'select'>) =>
  queryOptions({
    queryKey: ['jobs', 'preview', draft],
    queryFn: ({ signal }) => post<JobPreview>('/jobs', { ...draft, reason: 'dry run', dryRun: true }, signal),
    staleTime: 0,
    gcTime: 0,
  })

export function useStartJob(): UseMutationResult<Job, Error, JobDraft & { readonly confirmCount: number }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (draft: JobDraft & { readonly confirmCount: number }) => post<Job>('/jobs', draft),
    onSuccess: async job => {
      client.setQueryData(jobQuery(job.id).queryKey, job)
      await client.invalidateQueries({ queryKey: ['jobs'], exact: true })
    },
  })
}

export type JobCommand = 'pause' | 'resume' | 'cancel'

export function useJobCommand(): UseMutationResult<Job, Error, { readonly id: number; readonly command: JobCommand }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, command }: { readonly id: number; readonly command: JobCommand }) =>
      post<Job>(`/jobs/${id}/${command}`, {}),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['jobs'] })
    },
  })
}
