import { IconMoodSmile } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { deadLetterGroupsQuery } from '../../api/dead-letters.ts'
import { plural } from '../../model/format.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { TableSkeleton } from '../../parts/table-skeleton.tsx'
import classes from './dead-letters.module.css'
import { GroupCard } from './group-card.tsx'
import { type BulkChoice, BulkDialog } from './bulk-dialog.tsx'

export function DeadLettersPage(): ReactElement {
  const { route } = useSearch({ from: '/app/dead-letters' })
  const query = useQuery(deadLetterGroupsQuery(route))
  const [choice, setChoice] = useState<BulkChoice | null>(null)
  const groups = [...(query.data ?? [])].sort((a, b) => b.count - a.count)
  const total = groups.reduce((sum, group) => sum + group.count, 0)
  return (
    <>
      <PageHeader
        title="Dead letters"
        lead={
          query.isSuccess && total > 0
            ? `${plural(total, 'delivery', 'deliveries')} given up on, ${plural(groups.length, 'cause')}. Correct the cause, then replay the group.`
            : 'What was given up on, grouped by cause.'
        }
        actions={
          route && (
            <Link to="/dead-letters" className="link">
              Show all routes, not only {route}
            </Link>
          )
        }
      />
      {query.isPending && <TableSkeleton />}
      {query.isError && !query.data && (
        <ErrorState error={query.error} what="The dead letters" onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && groups.length === 0 && (
        <div className="panel">
          <EmptyState icon={IconMoodSmile} title="No dead letters" good>
            Nothing was given up on{route ? ` by ${route}` : ''}.
          </EmptyState>
        </div>
      )}
      <div className={classes.groups}>
        {groups.map(group => (
          <GroupCard key={group.key} group={group} onChoose={verb => setChoice({ group, verb })} />
        ))}
      </div>
      <BulkDialog choice={choice} onClose={() => setChoice(null)} />
    </>
  )
}
