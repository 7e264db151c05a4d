import { Skeleton } from '@mantine/core'
import type { ReactElement } from 'react'

const rowWidths = [92, 84, 97, 78, 88, 95, 81, 90]

export function TableSkeleton(): ReactElement {
  return (
    <div style={{ padding: 16, display: 'grid', gap: 16 }} aria-label="Loading" role="status">
      {rowWidths.map(width => (
        <Skeleton key={width} height={14} width={`${width}%`} radius="sm" />
      ))}
    </div>
  )
}
