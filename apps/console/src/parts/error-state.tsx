import { Button } from '@mantine/core'
import { IconAlertTriangle, IconLock } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { ApiError } from '../api/client.ts'
import classes from './state.module.css'

type ErrorStateProps = { readonly error: Error; readonly onRetry?: () => void; readonly what?: string }

/** What went wrong, in the server's words, and what can be done from here. */
export function ErrorState({ error, onRetry, what = 'This' }: ErrorStateProps): ReactElement {
  const forbidden = error instanceof ApiError && error.category === 'forbidden'
  const Icon = forbidden ? IconLock : IconAlertTriangle
  return (
    <div className={classes.state} data-bad={!forbidden || undefined} role="alert">
      <span className={classes.icon}>
        <Icon size={26} stroke={1.6} aria-hidden />
      </span>
      <p className={classes.title}>{forbidden ? 'You may not see this' : `${what} could not be loaded`}</p>
      <div className={classes.text}>{error.message}</div>
      {error instanceof ApiError && <code className={classes.code}>{error.code}</code>}
      {onRetry && !forbidden && (
        <Button variant="default" mt="md" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** The same, in one line, for dialogs. */
export function ErrorLine({ error }: { readonly error: Error | null }): ReactElement | null {
  if (!error) return null
  const issues = error instanceof ApiError ? error.issues : []
  return (
    <div className={classes.line} role="alert">
      <IconAlertTriangle size={16} aria-hidden />
      <div>
        {error.message}
        {issues.map(issue => (
          <div key={`${issue.code} ${issue.path ?? ''}`}>
            {issue.path ? `${issue.path}: ` : ''}
            {issue.text}
          </div>
        ))}
      </div>
    </div>
  )
}
