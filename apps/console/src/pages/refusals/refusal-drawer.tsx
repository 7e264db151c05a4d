import type { RefusalView } from '@samband/operations/contract'
import { Drawer, Loader, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import { refusalBodyQuery } from '../../api/routes.ts'
import { formatBytes } from '../../model/format.ts'
import { ErrorState } from '../../parts/error-state.tsx'
import { RawView } from '../../parts/raw-view.tsx'
import { Time } from '../../parts/time.tsx'
import classes from './refusals-page.module.css'

type RefusalDrawerProps = {
  readonly refusal: RefusalView | null
  /** Why its bytes may not be read; null when they may. */
  readonly barred: string | null
  readonly onClose: () => void
}

/** One refusal with what came: without the bytes nobody can tell a sender what to mend. */
export function RefusalDrawer({ refusal, barred, onClose }: RefusalDrawerProps): ReactElement {
  return (
    <Drawer
      opened={refusal !== null}
      onClose={onClose}
      position="right"
      size="xl"
      title="Turned away"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {refusal !== null && (
        <div className={classes.drawer}>
          <strong>{refusal.text}</strong>
          <span className="muted">
            <span className="mono">{refusal.code}</span> · <Time at={refusal.at} /> · {refusal.endpoint} (route{' '}
            {refusal.route}) · from <span className="mono">{refusal.peer}</span>
          </span>
          {refusal.bytes === 0 && <p className="muted">Nothing came that could be kept.</p>}
          {refusal.bytes > 0 && barred !== null && <p className="muted">{barred}</p>}
          {refusal.bytes > 0 && barred === null && <RefusalBytes refusal={refusal} />}
        </div>
      )}
    </Drawer>
  )
}

function RefusalBytes({ refusal }: { readonly refusal: RefusalView }): ReactElement {
  const query = useQuery(refusalBodyQuery(refusal.id))
  const [showInvisible, setShowInvisible] = useState(true)
  if (query.isPending) return <Loader size="sm" aria-label="Loading" />
  if (query.isError) {
    return <ErrorState error={query.error} what="What came" onRetry={() => void query.refetch()} />
  }
  return (
    <>
      <Switch
        label="Show invisible characters"
        checked={showInvisible}
        onChange={event => setShowInvisible(event.currentTarget.checked)}
      />
      <RawView text={query.data.text} showInvisible={showInvisible} label="What came" />
      <span className="muted">
        {formatBytes(refusal.bytes)} came; the first bytes are kept. Reading them is audited.
      </span>
    </>
  )
}
