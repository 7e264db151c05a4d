import type { MessageDetail } from '@samband/operations/contract'
import { Button, Skeleton, Switch } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import { messageBodyQuery } from '../../api/messages.ts'
import { fromBase64 } from '../../model/charset.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { RawView } from '../../parts/raw-view.tsx'
import { saveBytes } from '../../parts/save-bytes.ts'
import classes from './tab.module.css'

export function RawTab({ message }: { readonly message: MessageDetail }): ReactElement {
  const query = useQuery(messageBodyQuery(message.id))
  const [showInvisible, setShowInvisible] = useState(true)
  const [wrap, setWrap] = useState(true)
  if (query.isError) return <ErrorState error={query.error} what="The content" onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton m="md" height={160} width="auto" />
  const body = query.data
  const attributes = Object.entries(body.attributes)
  return (
    <>
      <div className={classes.bar}>
        <Switch
          size="sm"
          label="Show invisible characters"
          checked={showInvisible}
          onChange={event => setShowInvisible(event.currentTarget.checked)}
        />
        <Switch size="sm" label="Wrap" checked={wrap} onChange={event => setWrap(event.currentTarget.checked)} />
        <span className={classes.fact}>{body.charset}</span>
        {attributes.map(([name, value]) => (
          <span key={name} className={classes.fact}>
            {name} <b>{value}</b>
          </span>
        ))}
        <span className={classes.push} />
        <CopyButton value={body.text} label="Copy the whole message" size={17} />
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={15} />}
          onClick={() => saveBytes(fromBase64(body.bytesBase64), `message-${message.id}.hl7`)}
        >
          Download
        </Button>
      </div>
      <RawView text={body.text} showInvisible={showInvisible} wrap={wrap} label="Message as received" />
    </>
  )
}
