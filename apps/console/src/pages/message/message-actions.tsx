import type { MessageDetail, Verb } from '@samband/operations/contract'
import { Menu } from '@mantine/core'
import { IconChevronDown, IconPencil, IconRepeat } from '@tabler/icons-react'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useAbility } from '../../api/session.ts'
import { verbWords } from '../../model/verb-words.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import classes from './verb-dialog.module.css'
import { type VerbChoice, VerbDialog } from './verb-dialog.tsx'

const EditDialog = lazy(async () => ({ default: (await import('./edit-dialog.tsx')).EditDialog }))

const menuVerbs = ['reinject', 'reprocess', 'redirect', 'discard'] as const

export function MessageActions({ message }: { readonly message: MessageDetail }): ReactElement {
  const [choice, setChoice] = useState<VerbChoice | null>(null)
  const [editing, setEditing] = useState(false)
  const noOutput =
    message.destinations.length === 0 ? 'Nothing went out of this message that could be sent again.' : null
  return (
    <>
      <AllowedButton
        ability="replay"
        blocked={noOutput}
        leftSection={<IconRepeat size={16} />}
        onClick={() => setChoice({ verb: 'resend' })}
      >
        Resend
      </AllowedButton>
      <AllowedButton
        ability="edit"
        variant="default"
        leftSection={<IconPencil size={16} />}
        onClick={() => setEditing(true)}
      >
        Edit and resend
      </AllowedButton>
      <MoreVerbs message={message} onChoose={verb => setChoice({ verb })} />
      <VerbDialog message={message} choice={choice} onClose={() => setChoice(null)} />
      {editing && (
        <Suspense fallback={null}>
          <EditDialog message={message} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </>
  )
}

type MoreVerbsProps = { readonly message: MessageDetail; readonly onChoose: (verb: Verb | 'discard') => void }

function MoreVerbs({ message, onChoose }: MoreVerbsProps): ReactElement {
  const replay = useAbility('replay')
  const discard = useAbility('discard')
  return (
    <Menu position="bottom-end" width={330}>
      <Menu.Target>
        <button type="button" className={classes.moreButton}>
          More <IconChevronDown size={15} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {menuVerbs.map(verb => {
          const check = verb === 'discard' ? discard : replay
          const why = check.allowed ? pointlessBecause(verb, message) : check.why
          return (
            <Menu.Item
              key={verb}
              disabled={why !== null}
              {...(verb === 'discard' ? { color: 'red' } : {})}
              onClick={() => onChoose(verb)}
            >
              <span className={classes.menuVerb}>{verbWords[verb].label}…</span>
              <span className={classes.menuText}>{why ?? verbWords[verb].explains}</span>
            </Menu.Item>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Why the verb would do nothing to this message; null when it makes sense. The server decides again. */
function pointlessBecause(verb: Verb | 'discard', { status }: MessageDetail): string | null {
  if (verb === 'reprocess' && status !== 'dead' && status !== 'held') return 'Nothing of this message has failed.'
  if (verb === 'discard' && settled.includes(status)) return 'Nothing of this message is left to discard.'
  return null
}

const settled: readonly MessageDetail['status'][] = ['delivered', 'filtered', 'duplicate', 'discarded']
