import type { RouteStatus } from '@samband/operations/contract'
import { SegmentedControl, TextInput } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type ReactElement, useMemo, useState } from 'react'
import { type MapLayout, layoutMap, svgPath } from '../../model/map-layout.ts'
import { mapModel } from '../../model/map-model.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { FlowCanvas } from './flow-canvas.tsx'
import classes from './live-map.module.css'
import { QueueTag, RowNode, SystemBox } from './map-nodes.tsx'

type LiveMapProps = { readonly routes: readonly RouteStatus[]; readonly history: RateHistory }

/** Routes from which searching and folding is worth the space of its controls. */
const CONTROLS_FROM = 7

export function LiveMap({ routes, history }: LiveMapProps): ReactElement {
  const { ref, width } = useElementSize()
  const [search, setSearch] = useState('')
  const [onlyProblems, setOnlyProblems] = useState(false)
  const [openGroups, setOpenGroups] = useState<ReadonlySet<string>>(new Set())
  const [focus, setFocus] = useState<string | null>(null)
  const layout = useMemo(
    () => layoutMap(mapModel(routes, { search, onlyProblems, openGroups }), width),
    [routes, search, onlyProblems, openGroups, width],
  )
  const toggleGroup = (owner: string): void =>
    setOpenGroups(open =>
      open.has(owner) ? new Set([...open].filter(name => name !== owner)) : new Set([...open, owner]),
    )
  return (
    <section aria-label="Live map" className={`panel ${classes.map}`}>
      <header className={classes.head}>
        <h2>Live map</h2>
        <Legend />
        {routes.length >= CONTROLS_FROM && (
          <div className={classes.controls}>
            <TextInput
              data-search
              size="xs"
              w={210}
              placeholder="Find a system or a route"
              aria-label="Find a system or a route on the map"
              leftSection={<IconSearch size={14} />}
              value={search}
              onChange={event => setSearch(event.currentTarget.value)}
            />
            <SegmentedControl
              size="xs"
              aria-label="Which routes the map shows"
              value={onlyProblems ? 'problems' : 'all'}
              onChange={value => setOnlyProblems(value === 'problems')}
              data={[
                { value: 'all', label: 'All' },
                { value: 'problems', label: 'Problems' },
              ]}
            />
          </div>
        )}
      </header>
      <div className={classes.columns} aria-hidden>
        <span>Sources</span>
        <span>Routes</span>
        <span>Destinations</span>
      </div>
      <div
        ref={ref}
        className={classes.stage}
        style={{ height: layout.height }}
        data-focused={focus !== null || undefined}
      >
        {width > 0 && (
          <Stage layout={layout} history={history} focus={focus} onFocus={setFocus} onToggleGroup={toggleGroup} />
        )}
        {layout.rows.length === 0 && (
          <p className={classes.none}>{search ? 'Nothing is called that.' : 'No route has a problem.'}</p>
        )}
      </div>
    </section>
  )
}

type StageProps = {
  readonly layout: MapLayout
  readonly history: RateHistory
  readonly focus: string | null
  readonly onFocus: (id: string | null) => void
  readonly onToggleGroup: (owner: string) => void
}

function Stage({ layout, history, focus, onFocus, onToggleGroup }: StageProps): ReactElement {
  const related = useMemo(() => (focus === null ? null : relatedTo(layout, focus)), [layout, focus])
  const dimmed = (id: string): boolean => related !== null && !related.has(id)
  const hover = (id: string) => ({
    onMouseEnter: () => onFocus(id),
    onMouseLeave: () => onFocus(null),
    onFocus: () => onFocus(id),
    onBlur: () => onFocus(null),
  })
  return (
    <>
      <svg className={classes.edges} width={layout.width} height={layout.height} aria-hidden>
        {layout.edges.map(edge => (
          <path
            key={edge.id}
            d={svgPath(edge.curve)}
            data-state={edge.state}
            data-dimmed={dimmed(edge.id) || undefined}
            strokeWidth={1.3 + Math.min(3, Math.log2(1 + edge.perSecond))}
          />
        ))}
      </svg>
      <FlowCanvas edges={layout.edges} width={layout.width} height={layout.height} related={related} />
      {layout.edges
        .filter(edge => edge.side === 'out' && edge.waiting > 0 && edge.state !== 'ok')
        .map(edge => (
          <QueueTag key={edge.id} edge={edge} dimmed={dimmed(edge.id)} />
        ))}
      {layout.sources.map(node => (
        <SystemBox key={node.id} node={node} side="in" dimmed={dimmed(node.id)} hover={hover(node.id)} />
      ))}
      {layout.rows.map(row => (
        <RowNode
          key={row.id}
          row={row}
          history={history}
          dimmed={dimmed(row.id)}
          hover={hover(row.id)}
          onToggleGroup={onToggleGroup}
        />
      ))}
      {layout.destinations.map(node => (
        <SystemBox key={node.id} node={node} side="out" dimmed={dimmed(node.id)} hover={hover(node.id)} />
      ))}
    </>
  )
}

/** What stays bright while one thing is pointed at: its edges, the routes on them, and for a route both its ends. */
function relatedTo(layout: MapLayout, id: string): ReadonlySet<string> {
  const related = new Set([id])
  const touching = layout.edges.filter(edge => edge.system === id || edge.row === id)
  const rows = new Set(touching.map(edge => edge.row))
  for (const edge of layout.edges) {
    if (!rows.has(edge.row)) continue
    for (const part of [edge.id, edge.row, edge.system]) related.add(part)
  }
  return related
}

function Legend(): ReactElement {
  return (
    <ul className={classes.legend} aria-label="Legend">
      <li data-state="ok">flowing</li>
      <li data-state="idle">idle</li>
      <li data-state="waiting">waiting</li>
      <li data-state="bad">broken</li>
    </ul>
  )
}
