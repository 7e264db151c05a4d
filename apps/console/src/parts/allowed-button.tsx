import { Button, type ButtonProps, Tooltip } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import type { Ability } from '../api/permissions.ts'
import { useAbility } from '../api/session.ts'

type AllowedButtonProps = ButtonProps & {
  readonly ability: Ability
  readonly onClick: () => void
  readonly children: ReactNode
  /** Why it makes no sense just now, whoever asks. */
  readonly blocked?: string | null
}

/** A button for those who may; for others it stays visible, focusable and says why not. */
export function AllowedButton({ ability, onClick, children, blocked, ...rest }: AllowedButtonProps): ReactElement {
  const check = useAbility(ability)
  const why = check.allowed ? (blocked ?? null) : check.why
  return (
    <Tooltip label={why} disabled={why === null} multiline maw={280}>
      <Button
        {...rest}
        data-disabled={why !== null}
        aria-disabled={why !== null}
        onClick={event => (why === null ? onClick() : event.preventDefault())}
      >
        {children}
      </Button>
    </Tooltip>
  )
}
