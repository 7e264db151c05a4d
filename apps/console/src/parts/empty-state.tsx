import type { TablerIcon } from '@tabler/icons-react'
import type { ReactElement, ReactNode } from 'react'
import classes from './state.module.css'

type EmptyStateProps = {
  readonly icon: TablerIcon
  readonly title: string
  readonly children?: ReactNode
  readonly good?: boolean
}

export function EmptyState({ icon: Icon, title, children, good = false }: EmptyStateProps): ReactElement {
  return (
    <div className={classes.state} data-good={good || undefined}>
      <span className={classes.icon}>
        <Icon size={26} stroke={1.6} aria-hidden />
      </span>
      <p className={classes.title}>{title}</p>
      {children !== undefined && <div className={classes.text}>{children}</div>}
    </div>
  )
}
