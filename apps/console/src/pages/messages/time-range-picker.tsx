import { Button, Menu, TextInput } from '@mantine/core'
import { IconChevronDown, IconClock } from '@tabler/icons-react'
import { type ReactElement, useState } from 'react'
import { customParts, customRange, defaultRange, rangeLabel, timePresets } from '../../model/time-range.ts'
import classes from './filter-bar.module.css'

type TimeRangePickerProps = { readonly value: string | undefined; readonly onChange: (range: string) => void }

export function TimeRangePicker({ value = defaultRange, onChange }: TimeRangePickerProps): ReactElement {
  const [opened, setOpened] = useState(false)
  const [from, setFrom] = useState(customParts(value)?.from ?? '')
  const [to, setTo] = useState(customParts(value)?.to ?? '')
  const choose = (range: string): void => {
    onChange(range === defaultRange ? '' : range)
    setOpened(false)
  }
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start" width={260} trapFocus={false}>
      <Menu.Target>
        <Button
          variant="default"
          fw={450}
          className={classes.range ?? ''}
          leftSection={<IconClock size={15} />}
          rightSection={<IconChevronDown size={15} />}
          aria-label={`Time range: ${rangeLabel(value)}`}
        >
          {rangeLabel(value)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {timePresets.map(preset => (
          <Menu.Item key={preset.value} onClick={() => choose(preset.value)} fw={preset.value === value ? 620 : 400}>
            {preset.label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <div className={classes.custom}>
          <TextInput
            type="datetime-local"
            size="xs"
            label="From"
            value={from}
            onChange={event => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            size="xs"
            label="To"
            value={to}
            onChange={event => setTo(event.currentTarget.value)}
          />
          <Button size="xs" disabled={!from && !to} onClick={() => choose(customRange(from, to))}>
            Use these times
          </Button>
        </div>
      </Menu.Dropdown>
    </Menu>
  )
}
