import type { MessageDetail, Verb, VerbRequest } from '@samband/operations/contract'
import { Button, Group, Modal, Select } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useFeedPart } from '../../api/live-status.ts'
import { useVerb } from '../../api/messages.ts'
import { verbWords } from '../../model/verb-words.ts'
import { ErrorLine } from '../../parts/error-state.tsx'
import { ReasonInput } from '../../parts/reason-input.tsx'
import classes from './verb-dialog.module.css'

export type VerbChoice = {
  readonly verb: Exclude<Verb, 'edit'> | 'discard' | 'edit'
  readonly destination?: string
  readonly part?: number
}

type VerbDialogProps = {
  readonly message: MessageDetail
  readonly choice: VerbChoice | null
  readonly onClose: () => void
}

export function VerbDialog({ message, choice, onClose }: VerbDialogProps): ReactElement {
  return (
    <Modal
      opened={choice !== null}
      onClose={onClose}
      title={choice ? `${verbWords[choice.verb].label} message ${message.id}` : ''}
    >
      {choice && <VerbForm message={message} choice={choice} onClose={onClose} />}
    </Modal>
  )
}

const ALL = 'all'
const keyOf = (name: string, part: number): string => `${part}:${name}`

function VerbForm({ message, choice, onClose }: VerbDialogProps & { readonly choice: VerbChoice }): ReactElement {
  const { verb: name } = choice
  const chosen = choice.destination === undefined ? null : keyOf(choice.destination, choice.part ?? 0)
  const [delivery, setDelivery] = useState<string | null>(chosen ?? (name === 'redirect' ? null : ALL))
  const [target, setTarget] = useState<string | null>(null)
  const [revision, setRevision] = useState<'original' | 'current'>('current')
  const [reason, setReason] = useState('')
  const verb = useVerb()
  const navigate = useNavigate()
  const picksDelivery = name === 'resend' || name === 'redirect' || name === 'discard'
  const picksRevision = name === 'reinject' || name === 'reprocess'
  const complete = reason.trim() !== '' && (name !== 'redirect' || (target !== null && delivery !== null))
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    const picked = message.destinations.find(one => keyOf(one.name, one.part) === delivery)
    const request: VerbRequest = {
      reason: reason.trim(),
      ...(picksDelivery && picked ? { destination: picked.name, part: picked.part } : {}),
      ...(name === 'redirect' && target !== null ? { target } : {}),
      ...(picksRevision ? { revision } : {}),
    }
    verb.mutate(
      { messageId: message.id, verb: name, request },
      {
        onSuccess: ({ newMessageId }) => {
          onClose()
          notifications.show({ message: `Message ${message.id} is ${verbWords[name].past}.`, color: 'fjord' })
          if (newMessageId !== null) void navigate({ to: '/messages/$id', params: { id: String(newMessageId) } })
        },
      },
    )
  }
  return (
    <form onSubmit={onSubmit} className={classes.form}>
      <p className={classes.explains}>{verbWords[name].explains}</p>
      {picksDelivery && (
        <Select
          label="Which delivery"
          allowDeselect={false}
          data={[
            ...(name === 'redirect' ? [] : [{ value: ALL, label: 'All of this message' }]),
            ...message.destinations.map(one => ({
              value: keyOf(one.name, one.part),
              label: `${one.name}${one.part > 0 ? `, part ${one.part + 1}` : ''} (${one.status})`,
            })),
          ]}
          value={delivery}
          onChange={setDelivery}
        />
      )}
      {name === 'redirect' && <TargetSelect value={target} onChange={setTarget} />}
      {picksRevision && (
        <Select
          label="Which revision of the route"
          allowDeselect={false}
          data={[
            { value: 'current', label: 'The current one' },
            { value: 'original', label: `The one it ran on (${message.revision})` },
          ]}
          value={revision}
          onChange={value => setRevision(value === 'original' ? 'original' : 'current')}
        />
      )}
      <ReasonInput value={reason} onChange={setReason} />
      <ErrorLine error={verb.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          disabled={!complete}
          loading={verb.isPending}
          {...(name === 'discard' ? { color: 'red' } : {})}
        >
          {verbWords[name].label}
        </Button>
      </Group>
    </form>
  )
}

function TargetSelect({
  value,
  onChange,
}: {
  readonly value: string | null
  readonly onChange: (target: string | null) => void
}): ReactElement {
  const routes = useFeedPart(feed => feed.status?.routes) ?? []
  const data = routes.map(route => ({
    group: route.name,
    items: route.destinations.map(destination => ({
      value: `${route.name}/${destination.name}`,
      label: `${route.name}/${destination.name}`,
    })),
  }))
  return (
    <Select
      label="New destination"
      searchable
      placeholder="route/destination"
      data={data}
      value={value}
      onChange={onChange}
    />
  )
}
