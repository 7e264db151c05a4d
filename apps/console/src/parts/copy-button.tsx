import { ActionIcon, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import type { ReactElement } from 'react'

type CopyButtonProps = { readonly value: string | (() => string); readonly label: string; readonly size?: number }

export function CopyButton({ value, label, size = 15 }: CopyButtonProps): ReactElement {
  const clipboard = useClipboard({ timeout: 1_200 })
  return (
    <Tooltip label={clipboard.copied ? 'Copied' : label}>
      <ActionIcon
        size={size + 9}
        aria-label={label}
        onClick={event => {
          event.stopPropagation()
          clipboard.copy(typeof value === 'string' ? value : value())
        }}
      >
        {clipboard.copied ? <IconCheck size={size} color="var(--sb-ok)" /> : <IconCopy size={size} />}
      </ActionIcon>
    </Tooltip>
  )
}
