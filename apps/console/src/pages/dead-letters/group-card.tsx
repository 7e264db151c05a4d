import type { DeadLetterGroup } from '@samband/operations/contract'
import { Button } from '@mantine/core'
import { IconChevronRight, IconRepeat, IconTrash } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactElement, useId, useState } from 'react'
import { deadLettersQuery } from '../../api/dead-letters.ts'
import { formatCount, formatTime } from '../../model/format.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { TableSkeleton } from '../../parts/table-skeleton.tsx'
import { Ago, Time } from '../../parts/time.tsx'
import classes from './dead-letters.module.css'

type GroupCardProps = { readonly group: DeadLetterGroup; readonly onChoose: (verb: 'replay' | 'discard') => void }

export function GroupCard({ group, onChoose }: GroupCardProps): ReactElement {
  const [opened, setOpened] = useState(false)
  const listId = useId()
  const where = group.destination ?? group.step
  return (
    <article className={`panel ${classes.group}`} aria-label={`${group.route}: ${group.text}`}>
      <div className={classes.head}>
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={opened}
          aria-controls={listId}
          onClick={() => setOpened(!opened)}
        >
          <IconChevronRight size={18} className={classes.chevron} data-open={opened || undefined} aria-hidden />
          <span className={classes.count}>{formatCount(group.count)}</span>
          <span className={classes.cause}>
            <span className={classes.text}>{group.text}</span>
            <span className={classes.where}>
              <code>{group.code}</code>
              <span>
                {group.route}
                {where && <> → {where}</>}
              </span>
              <span title={`${formatTime(group.firstAt)} to ${formatTime(group.lastAt)}`}>
                first <Ago at={group.firstAt} />, last <Ago at={group.lastAt} />
              </span>
            </span>
          </span>
        </button>
        <div className={classes.actions}>
          <AllowedButton ability="run-job" leftSection={<IconRepeat size={16} />} onClick={() => onChoose('replay')}>
            Replay…
          </AllowedButton>
          <AllowedButton
            ability="run-job"
            variant="default"
            leftSection={<IconTrash size={16} />}
            onClick={() => onChoose('discard')}
          >
            Discard…
          </AllowedButton>
        </div>
      </div>
      <div id={listId}>{opened && <Letters group={group.key} />}</div>
    </article>
  )
}

function Letters({ group }: { readonly group: string }): ReactElement {
  const query = useInfiniteQuery(deadLettersQuery(group))
  if (query.isError) return <ErrorState error={query.error} what="The messages" onRetry={() => void query.refetch()} />
  if (!query.data) return <TableSkeleton />
  const letters = query.data.pages.flatMap(page => page.items)
  return (
    <div className={classes.letters}>
      <table>
        <thead>
          <tr>
            <th scope="col">Given up</th>
            <th scope="col">Message</th>
            <th scope="col">Control id</th>
            <th scope="col" className={classes.wide}>
              What was said
            </th>
            <th scope="col">Attempts</th>
          </tr>
        </thead>
        <tbody>
          {letters.map(letter => (
            <tr key={letter.eventId}>
              <td>
                <Time at={letter.at} />
              </td>
              <td>
                <Link to="/messages/$id" params={{ id: String(letter.messageId) }} className="link">
                  {letter.type ?? 'unknown type'} #{letter.messageId}
                </Link>
              </td>
              <td className="mono">{letter.controlId}</td>
              <td className={classes.wide}>{letter.text}</td>
              <td>{letter.attempts}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {query.hasNextPage && (
        <Button
          variant="subtle"
          size="xs"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </div>
  )
}
