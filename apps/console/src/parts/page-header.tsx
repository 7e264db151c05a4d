import type { ReactElement, ReactNode } from 'react'
import { useEffect } from 'react'
import classes from './page-header.module.css'

type PageHeaderProps = {
  readonly title: ReactNode
  /** For the browser's tab, where the title is not plain text. */
  readonly tabTitle?: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
}

export function PageHeader({ title, tabTitle, lead, actions }: PageHeaderProps): ReactElement {
  const name = tabTitle ?? (typeof title === 'string' ? title : 'Samband')
  useEffect(() => {
    document.title = `${name} · Samband`
  }, [name])
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        <h1 className={classes.title}>{title}</h1>
        {lead !== undefined && <div className={classes.lead}>{lead}</div>}
      </div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </header>
  )
}
