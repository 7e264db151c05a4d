import { Modal, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactElement, useState } from 'react'
import { useFeedPart } from '../api/live-status.ts'
import classes from './command-palette.module.css'

type Command = { readonly label: string; readonly hint: string; readonly run: () => void }

const CHOICES_MAX = 9

type CommandPaletteProps = { readonly opened: boolean; readonly onClose: () => void }

export function CommandPalette({ opened, onClose }: CommandPaletteProps): ReactElement {
  return (
    <Modal.Root opened={opened} onClose={onClose} size={560} yOffset="14vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label="Go to">{opened && <Palette onClose={onClose} />}</Modal.Content>
    </Modal.Root>
  )
}

function Palette({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const commands = useCommands(text)
  const run = (command: Command | undefined): void => {
    if (!command) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen(index => Math.min(index + 1, commands.length - 1))
    else if (event.key === 'ArrowUp') setChosen(index => Math.max(index - 1, 0))
    else if (event.key === 'Enter') run(commands[chosen])
    else return
    event.preventDefault()
  }
  return (
    <div className={classes.palette}>
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        placeholder="A page, a route, or a message number"
        aria-label="A page, a route, or a message number"
        role="combobox"
        aria-expanded
        aria-controls="palette-choices"
        aria-activedescendant={`palette-${chosen}`}
        leftSection={<IconSearch size={18} />}
        value={text}
        onChange={event => {
          setText(event.currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-choices" role="listbox" aria-label="Choices" className={classes.choices}>
        {commands.map((command, index) => (
          <div
            key={command.label}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={classes.choice}
            onMouseMove={() => setChosen(index)}
            onClick={() => run(command)}
            onKeyDown={onKeyDown}
          >
            <span>{command.label}</span>
            <span className={classes.hint}>{command.hint}</span>
          </div>
        ))}
        {commands.length === 0 && <div className={classes.none}>Nothing is called that.</div>}
      </div>
    </div>
  )
}

function useCommands(text: string): readonly Command[] {
  const navigate = useNavigate()
  const routes = useFeedPart(feed => feed.status?.routes)
  const wanted = text.trim().toLowerCase()
  const id = Number(wanted.replace(/^#/, ''))
  const page = (
    label: string,
    to: '/' | '/messages' | '/dead-letters' | '/refusals' | '/routes' | '/jobs' | '/settings',
  ) => ({
    label,
    hint: 'page',
    run: () => void navigate({ to }),
  })
  const pages: Command[] = [
    page('Overview', '/'),
    page('Messages', '/messages'),
    page('Dead letters', '/dead-letters'),
    page('Refusals', '/refusals'),
    page('Routes', '/routes'),
    page('Jobs', '/jobs'),
    page('Settings', '/settings'),
  ]
  const byRoute: Command[] = (routes ?? []).map(route => ({
    label: route.name,
    hint: route.owner,
    run: () => void navigate({ to: '/routes/$name', params: { name: route.name } }),
  }))
  const message: Command[] =
    Number.isSafeInteger(id) && id > 0
      ? [
          {
            label: `Message ${id}`,
            hint: 'open',
            run: () => void navigate({ to: '/messages/$id', params: { id: String(id) } }),
          },
        ]
      : []
  const named = [...pages, ...byRoute].filter(command => command.label.toLowerCase().includes(wanted))
  return [...message, ...named].slice(0, CHOICES_MAX)
}
