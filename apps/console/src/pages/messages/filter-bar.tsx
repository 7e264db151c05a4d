import type { MessageStatus } from '@samband/operations/contract'
import { Button, CloseButton, Select, TextInput } from '@mantine/core'
import { IconSearch, IconX } from '@tabler/icons-react'
import { type ReactElement, useEffect, useState } from 'react'
import { useFeedPart } from '../../api/live-status.ts'
import { setPatientSearchId, usePatientSearchId } from '../../api/patient-search.ts'
import { isFiltered, type MessageFilter, messageStatuses } from '../../model/message-filter.ts'
import { statusLooks } from '../../parts/status.tsx'
import classes from './filter-bar.module.css'
import { TimeRangePicker } from './time-range-picker.tsx'

type FilterBarProps = {
  readonly filter: MessageFilter
  readonly onChange: (filter: MessageFilter) => void
  readonly onReset: () => void
}

const statusChoices = messageStatuses.map(value => ({ value, label: statusLooks[value].label }))

export function FilterBar({ filter, onChange, onReset }: FilterBarProps): ReactElement {
  const patientId = usePatientSearchId()
  const routes = useFeedPart(feed => feed.status?.routes)
  const routeNames = [...new Set([...(routes ?? []).map(route => route.name), ...(filter.route ? [filter.route] : [])])]
  const set = (key: 'route' | 'type' | 'controlId' | 'range', value: string): void => {
    const { [key]: _old, ...rest } = filter
    onChange(value === '' ? rest : { ...rest, [key]: value })
  }
  const setStatus = (status: MessageStatus | null): void => {
    const { status: _old, ...rest } = filter
    onChange(status === null ? rest : { ...rest, status })
  }
  return (
    <search className={classes.bar} aria-label="Filter messages">
      <SettledInput
        label="Patient id"
        placeholder="Patient id"
        search
        value={patientId}
        onSettle={setPatientSearchId}
        className={classes.patient}
        title="Sent in the request’s body, kept out of the address and the history"
      />
      <TimeRangePicker value={filter.range} onChange={range => set('range', range)} />
      <Select
        aria-label="Route"
        placeholder="Any route"
        searchable
        clearable
        data={routeNames.sort()}
        value={filter.route ?? null}
        onChange={value => set('route', value ?? '')}
        className={classes.field}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        clearable
        data={statusChoices}
        value={filter.status ?? null}
        onChange={value => setStatus(messageStatuses.find(status => status === value) ?? null)}
        className={classes.field}
      />
      <SettledInput
        label="Message type"
        placeholder="Type, as ADT^A01"
        value={filter.type ?? ''}
        onSettle={value => set('type', value)}
        className={classes.field}
      />
      <SettledInput
        label="Control id"
        placeholder="Control id"
        value={filter.controlId ?? ''}
        onSettle={value => set('controlId', value)}
        className={classes.field}
      />
      {isFiltered(filter, patientId) && (
        <Button variant="subtle" color="gray" leftSection={<IconX size={15} />} onClick={onReset} px="xs">
          Clear
        </Button>
      )}
    </search>
  )
}

type SettledInputProps = {
  readonly label: string
  readonly placeholder: string
  readonly value: string
  readonly onSettle: (value: string) => void
  readonly className: string | undefined
  readonly search?: boolean
  readonly title?: string
}

const SETTLE_MS = 350

/** A text filter that searches when the typing pauses, or at once on Enter. */
function SettledInput({
  label,
  placeholder,
  value,
  onSettle,
  className,
  search,
  title,
}: SettledInputProps): ReactElement {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => onSettle(text.trim()), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [text, value, onSettle])
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      title={title}
      className={className}
      autoComplete="off"
      spellCheck={false}
      value={text}
      leftSection={search ? <IconSearch size={15} /> : undefined}
      rightSection={text ? <CloseButton size="sm" aria-label={`Clear ${label}`} onClick={() => onSettle('')} /> : null}
      onChange={event => setText(event.currentTarget.value)}
      onKeyDown={event => {
        if (event.key === 'Enter') onSettle(text.trim())
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
      {...(search ? { 'data-search': true } : {})}
    />
  )
}
