import type { DestinationSummary, MessageDetail, TimelineEntry } from '@samband/operations/contract'
import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { type ReactElement, useState } from 'react'
import { useAbility } from '../../api/session.ts'
import { plural } from '../../model/format.ts'
import { destinationTone } from '../../parts/status.tsx'
import classes from './message-page.module.css'
import { type VerbChoice, VerbDialog } from './verb-dialog.tsx'

/** Where the message went, one card per delivery, with what the receiver last said when it failed. */
export function Deliveries({ message }: { readonly message: MessageDetail }): ReactElement | null {
  const [choice, setChoice] = useState<VerbChoice | null>(null)
  if (message.destinations.length === 0) return null
  return (
    <section aria-label="Deliveries" className={classes.deliveries}>
      {message.destinations.map(delivery => (
        <DeliveryCard
          key={`${delivery.name}/${delivery.part}`}
          message={message}
          delivery={delivery}
          onChoose={setChoice}
        />
      ))}
      <VerbDialog message={message} choice={choice} onClose={() => setChoice(null)} />
    </section>
  )
}

type DeliveryCardProps = {
  readonly message: MessageDetail
  readonly delivery: DestinationSummary
  readonly onChoose: (choice: VerbChoice) => void
}

function DeliveryCard({ message, delivery, onChoose }: DeliveryCardProps): ReactElement {
  const mayReplay = useAbility('replay').allowed
  const mayDiscard = useAbility('discard').allowed
  const { name, part, status, attempts } = delivery
  const failure = lastFailure(message, delivery)
  const target = { destination: name, part }
  return (
    <article className={classes.delivery} data-tone={destinationTone(status)}>
      <div>
        <div className={classes.deliveryName}>
          {name}
          {part > 0 && <span className="muted"> part {part + 1}</span>}
        </div>
        <div className={classes.deliveryFacts}>
          <b>{status}</b>, {plural(attempts, 'attempt')}
        </div>
      </div>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`Actions for the delivery to ${name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={!mayReplay} onClick={() => onChoose({ verb: 'resend', ...target })}>
            Resend to {name}…
          </Menu.Item>
          <Menu.Item disabled={!mayReplay} onClick={() => onChoose({ verb: 'redirect', ...target })}>
            Redirect to another…
          </Menu.Item>
          <Menu.Item
            color="red"
            disabled={!mayDiscard || status === 'delivered' || status === 'discarded'}
            onClick={() => onChoose({ verb: 'discard', ...target })}
          >
            Discard this delivery…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {failure?.text && (
        <div className={classes.deliveryError}>
          <span className="mono">{failure.code}</span> {failure.text}
        </div>
      )}
    </article>
  )
}

/** What the receiver said last, if that was a failure and nothing better came after. */
function lastFailure(message: MessageDetail, { name, part, status }: DestinationSummary): TimelineEntry | null {
  if (status === 'delivered' || status === 'discarded') return null
  const last = message.timeline.findLast(
    entry => entry.destination === name && entry.part === part && outcomes.includes(entry.kind),
  )
  return last && last.kind !== 'delivered' ? last : null
}

const outcomes: readonly TimelineEntry['kind'][] = ['attempt-failed', 'dead', 'held', 'delivered']
