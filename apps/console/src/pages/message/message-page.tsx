import type { MessageDetail } from '@samband/operations/contract'
import { Skeleton, Tabs } from '@mantine/core'
import { IconBinaryTree, IconFileText, IconStairs, IconTimeline } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { messageQuery } from '../../api/messages.ts'
import { useAbility } from '../../api/session.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { StatusBadge } from '../../parts/status.tsx'
import { Deliveries } from './deliveries.tsx'
import { MessageActions } from './message-actions.tsx'
import { MessageFacts } from './message-facts.tsx'
import classes from './message-page.module.css'
import { RawTab } from './raw-tab.tsx'
import { StepsTab } from './steps-tab.tsx'
import { TimelineTab } from './timeline-tab.tsx'
import { TreeTab } from './tree-tab.tsx'
import { IconLock } from '@tabler/icons-react'
import { type MessageTab, messageTabs } from '../../model/message-tabs.ts'

export function MessagePage(): ReactElement {
  const { id } = useParams({ from: '/app/messages/$id' })
  const messageId = Number(id)
  const query = useQuery({ ...messageQuery(messageId), enabled: Number.isSafeInteger(messageId) })
  if (!Number.isSafeInteger(messageId)) {
    return <ErrorState error={new Error(`“${id}” is not a message number.`)} what="The message" />
  }
  if (query.isPending) return <Skeleton height={180} radius="lg" />
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} what={`Message ${id}`} onRetry={() => void query.refetch()} />
  }
  return query.data ? <Message key={messageId} message={query.data} /> : <Skeleton height={180} />
}

function Message({ message }: { readonly message: MessageDetail }): ReactElement {
  return (
    <div className={classes.page}>
      <PageHeader
        tabTitle={`${message.type ?? 'Message'} ${message.id}`}
        title={
          <span className={classes.title}>
            {message.type ?? 'Message of unknown type'}
            <span className={classes.id}>#{message.id}</span>
            <StatusBadge status={message.status} />
          </span>
        }
        actions={<MessageActions message={message} />}
      />
      <MessageFacts message={message} />
      <Deliveries message={message} />
      <MessageTabs message={message} />
    </div>
  )
}

const tabIcons = { raw: IconFileText, tree: IconBinaryTree, steps: IconStairs, timeline: IconTimeline } as const
const tabLabels: Readonly<Record<MessageTab, string>> = {
  raw: 'Raw',
  tree: 'Tree',
  steps: 'Steps',
  timeline: 'Timeline',
}

function MessageTabs({ message }: { readonly message: MessageDetail }): ReactElement {
  const { tab = 'raw' } = useSearch({ from: '/app/messages/$id' })
  const navigate = useNavigate()
  const body = useAbility('read-body')
  const onChange = (value: string | null): void => {
    const next = messageTabs.find(candidate => candidate === value) ?? 'raw'
    void navigate({
      to: '/messages/$id',
      params: { id: String(message.id) },
      search: next === 'raw' ? {} : { tab: next },
      replace: true,
    })
  }
  const guarded = (content: ReactElement): ReactElement =>
    body.allowed ? (
      content
    ) : (
      <EmptyState icon={IconLock} title="Contents are closed to you">
        {body.why}
      </EmptyState>
    )
  return (
    <Tabs value={tab} onChange={onChange} keepMounted={false} className={`panel ${classes.tabs}`}>
      <Tabs.List px="sm" className={classes.tabList ?? ''}>
        {messageTabs.map(value => {
          const Icon = tabIcons[value]
          return (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} stroke={1.8} />}>
              {tabLabels[value]}
            </Tabs.Tab>
          )
        })}
      </Tabs.List>
      <Tabs.Panel value="raw">{guarded(<RawTab message={message} />)}</Tabs.Panel>
      <Tabs.Panel value="tree">{guarded(<TreeTab messageId={message.id} />)}</Tabs.Panel>
      <Tabs.Panel value="steps">{guarded(<StepsTab message={message} />)}</Tabs.Panel>
      <Tabs.Panel value="timeline">
        <TimelineTab message={message} />
      </Tabs.Panel>
    </Tabs>
  )
}
