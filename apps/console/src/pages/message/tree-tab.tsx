import { Button, Skeleton, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from 'react'
import { messageTreeQuery } from '../../api/messages.ts'
import { plural } from '../../model/format.ts'
import { type TreeRow, treeRows } from '../../model/tree-rows.ts'
import { ErrorState } from '../../parts/error-state.tsx'
import classes from './tab.module.css'
import { TreeRowView } from './tree-row.tsx'
import tree from './tree-tab.module.css'

const ROW_PX = 28

export function TreeTab({ messageId }: { readonly messageId: number }): ReactElement {
  const query = useQuery(messageTreeQuery(messageId))
  const [search, setSearch] = useState('')
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [openAll, setOpenAll] = useState<boolean | null>(null)
  const segments = query.data?.segments
  const rows = useMemo(
    () => treeRows(segments ?? [], (key, level) => toggled.get(key) ?? openAll ?? level === 0, search),
    [segments, toggled, openAll, search],
  )
  if (query.isError) return <ErrorState error={query.error} what="The tree" onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton m="md" height={200} width="auto" />
  const { issues } = query.data
  const found = search.trim() === '' ? null : rows.filter(row => row.matches).length
  const setAll = (open: boolean): void => {
    setToggled(new Map())
    setOpenAll(open)
  }
  return (
    <>
      {issues.length > 0 && (
        <ul className={classes.issues} aria-label="Issues found while parsing">
          {issues.map(issue => (
            <li key={`${issue.code} ${issue.path ?? ''} ${issue.text}`}>
              {issue.path && <b className="mono">{issue.path}</b>} {issue.text}
            </li>
          ))}
        </ul>
      )}
      <div className={classes.bar}>
        <TextInput
          data-search
          size="xs"
          w={280}
          placeholder="Path, name or value"
          aria-label="Search the tree"
          leftSection={<IconSearch size={14} />}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
        {found !== null && (
          <span className={classes.fact} role="status">
            {plural(found, 'match', 'matches')}
          </span>
        )}
        <span className={classes.push} />
        <Button size="xs" variant="default" onClick={() => setAll(true)}>
          Open all
        </Button>
        <Button size="xs" variant="default" onClick={() => setAll(false)}>
          Close all
        </Button>
      </div>
      <Rows rows={rows} onToggle={(key, open) => setToggled(known => new Map(known).set(key, open))} />
    </>
  )
}

type RowsProps = { readonly rows: readonly TreeRow[]; readonly onToggle: (key: string, open: boolean) => void }

/** The tree as virtual rows; arrows walk, left and right close and open, as in every tree. */
function Rows({ rows, onToggle }: RowsProps): ReactElement {
  const scrollRef = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
  })
  const move = (index: number): void => {
    const next = Math.min(Math.max(index, 0), rows.length - 1)
    setActive(next)
    virtualizer.scrollToIndex(next)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[active]
    if (!row || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key === 'ArrowDown' || event.key === 'j') move(active + 1)
    else if (event.key === 'ArrowUp' || event.key === 'k') move(active - 1)
    else if (event.key === 'ArrowRight' && row.expanded) move(active + 1)
    else if (event.key === 'ArrowRight' && row.expandable) onToggle(row.key, true)
    else if (event.key === 'ArrowLeft' && row.expanded) onToggle(row.key, false)
    else if (event.key === 'ArrowLeft')
      move(rows.findLastIndex((other, index) => index < active && other.level < row.level))
    else if (event.key === 'Enter' && row.expandable) onToggle(row.key, !row.expanded)
    else if (event.key === 'c') void navigator.clipboard.writeText(row.node.path)
    else return
    event.preventDefault()
  }
  return (
    <div
      ref={scrollRef}
      role="tree"
      aria-label="Parsed message"
      aria-activedescendant={`tree-${active}`}
      tabIndex={0}
      className={tree.scroll}
      onKeyDown={onKeyDown}
    >
      <div className={tree.canvas} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(item => {
          const row = rows[item.index]
          return row ? (
            <TreeRowView
              key={row.key}
              row={row}
              index={item.index}
              isActive={item.index === active}
              top={item.start}
              height={ROW_PX}
              onToggle={() => {
                setActive(item.index)
                if (row.expandable) onToggle(row.key, !row.expanded)
              }}
            />
          ) : null
        })}
      </div>
      {rows.length === 0 && <p className={tree.none}>Nothing in this message matches.</p>}
    </div>
  )
}
