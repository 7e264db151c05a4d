import { useMediaQuery } from '@mantine/hooks'
import { IconRoute } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useFeed } from '../../api/live-status.ts'
import { problemsOf } from '../../model/problems.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { Lasting } from '../../parts/time.tsx'
import { KeyFigures } from './key-figures.tsx'
import { LiveMap } from './live-map.tsx'
import classes from './overview-page.module.css'
import { ProblemList } from './problem-list.tsx'
import { RouteCards } from './route-cards.tsx'

export function OverviewPage(): ReactElement {
  const feed = useFeed()
  const isNarrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false })
  const { status, history } = feed
  if (!status) return <PageHeader title="Overview" lead="Waiting for the first numbers…" />
  const problems = problemsOf(status)
  return (
    <>
      <PageHeader
        title="Overview"
        lead={
          <>
            {status.routes.length} routes, up for <Lasting since={status.startedAt} />
          </>
        }
      />
      <div className={classes.page}>
        <ProblemList problems={problems} status={status} />
        <KeyFigures status={status} history={history} />
        {status.routes.length === 0 && (
          <EmptyState icon={IconRoute} title="No routes are deployed yet">
            Add one to the deployment, and it appears here as soon as it runs.
          </EmptyState>
        )}
        {status.routes.length > 0 && !isNarrow && <LiveMap routes={status.routes} history={history} />}
        {status.routes.length > 0 && isNarrow && <RouteCards routes={status.routes} history={history} />}
      </div>
    </>
  )
}
