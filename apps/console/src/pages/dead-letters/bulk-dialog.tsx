import type { DeadLetterGroup, JobRequest } from '@samband/operations/contract'
import { Button, Group, Modal, NumberInput, Select, Skeleton, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactElement, useState } from 'react'
import { jobPreviewQuery, useStartJob } from '../../api/jobs.ts'
import { formatCount, plural } from '../../model/format.ts'
import { verbWords } from '../../model/verb-words.ts'
import { ErrorLine, ErrorState } from '../../parts/error-state.tsx'
import { JobProgress } from '../../parts/job-progress.tsx'
import { ReasonInput } from '../../parts/reason-input.tsx'
import { Time } from '../../parts/time.tsx'
import classes from './dead-letters.module.css'

export type BulkChoice = { readonly group: DeadLetterGroup; readonly verb: 'replay' | 'discard' }
type BulkVerb = JobRequest['verb']

type BulkDialogProps = { readonly choice: BulkChoice | null; readonly onClose: () => void }

/** First what would happen, then a reason and the typed count, then the job's progress: in that order, on one dialog. */
export function BulkDialog({ choice, onClose }: BulkDialogProps): ReactElement {
  return (
    <Modal
      opened={choice !== null}
      onClose={onClose}
      size={560}
      closeOnClickOutside={false}
      title={choice?.verb === 'discard' ? 'Discard a group of dead letters' : 'Replay a group of dead letters'}
    >
      {choice && <Bulk choice={choice} onClose={onClose} />}
    </Modal>
  )
}

const replayChoices = (['reprocess', 'reinject', 'resend'] as const).map(value => ({
  value,
  label: `${verbWords[value].label}: ${verbWords[value].explains.split('. ')[0]?.toLowerCase() ?? ''}`,
}))
const replayVerbs: readonly BulkVerb[] = ['reprocess', 'reinject', 'resend']

function Bulk({ choice, onClose }: { readonly choice: BulkChoice; readonly onClose: () => void }): ReactElement {
  const { group } = choice
  const [verb, setVerb] = useState<BulkVerb>(choice.verb === 'discard' ? 'discard' : 'reprocess')
  const [jobId, setJobId] = useState<number | null>(null)
  const select = { deadLetterGroup: group.key }
  const preview = useQuery({ ...jobPreviewQuery({ verb, select }), enabled: jobId === null })
  if (jobId !== null) return <JobProgress id={jobId} onClose={onClose} />
  return (
    <div className={classes.form}>
      <div>
        <strong>{group.text}</strong>
        <div className="muted">
          {group.route}
          {group.destination && ` → ${group.destination}`}
        </div>
      </div>
      {choice.verb === 'replay' && (
        <Select
          label="How"
          allowDeselect={false}
          data={replayChoices}
          value={verb}
          onChange={value => setVerb(replayVerbs.find(candidate => candidate === value) ?? 'reprocess')}
        />
      )}
      {preview.isPending && <Skeleton height={110} />}
      {preview.isError && (
        <ErrorState error={preview.error} what="The dry run" onRetry={() => void preview.refetch()} />
      )}
      {preview.data && (
        <>
          <div className={classes.summary}>
            <strong>{plural(preview.data.count, 'message')}</strong>{' '}
            {verb === 'discard'
              ? 'will not be delivered any more, for instance'
              : 'would go out, oldest first, for instance'}
            <ul className={classes.sample}>
              {preview.data.sample.slice(0, 4).map(message => (
                <li key={message.id}>
                  <Time at={message.receivedAt} />
                  <span>{message.type}</span>
                  <span className="mono">{message.controlId}</span>
                </li>
              ))}
            </ul>
          </div>
          <Confirm verb={verb} select={select} count={preview.data.count} onStarted={setJobId} onClose={onClose} />
        </>
      )}
    </div>
  )
}

type ConfirmProps = {
  readonly verb: BulkVerb
  readonly select: JobRequest['select']
  readonly count: number
  readonly onStarted: (jobId: number) => void
  readonly onClose: () => void
}

const PER_SECOND_DEFAULT = 50
const PER_SECOND_MAX = 10_000

function Confirm({ verb, select, count, onStarted, onClose }: ConfirmProps): ReactElement {
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const [perSecond, setPerSecond] = useState<number | string>(PER_SECOND_DEFAULT)
  const start = useStartJob()
  const isConfirmed = count > 0 && typed.replace(/[\s,.]/g, '') === String(count)
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    start.mutate(
      { verb, select, reason: reason.trim(), confirmCount: count, perSecond: Number(perSecond) || PER_SECOND_DEFAULT },
      { onSuccess: job => onStarted(job.id) },
    )
  }
  return (
    <form className={classes.form} onSubmit={onSubmit}>
      <ReasonInput value={reason} onChange={setReason} />
      <Group grow align="flex-start">
        <NumberInput
          label="At most, per second"
          description="So that the receiver keeps up"
          min={1}
          max={PER_SECOND_MAX}
          value={perSecond}
          onChange={setPerSecond}
        />
        <TextInput
          label={`Type ${formatCount(count)} to confirm`}
          description="The number of messages above"
          inputMode="numeric"
          autoComplete="off"
          value={typed}
          onChange={event => setTyped(event.currentTarget.value)}
        />
      </Group>
      <ErrorLine error={start.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          loading={start.isPending}
          disabled={!isConfirmed || reason.trim() === ''}
          {...(verb === 'discard' ? { color: 'red' } : {})}
        >
          {verbWords[verb].label} {plural(count, 'message')}
        </Button>
      </Group>
    </form>
  )
}
