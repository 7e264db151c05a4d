import { IconChevronDown, IconChevronUp, IconPlayerStop } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { formatCount, formatDuration, formatRate } from '../../model/format.ts'
import { type Placed, type PlacedEdge, pointAt } from '../../model/map-layout.ts'
import type { FlowState, RouteRow, SystemNode } from '../../model/map-model.ts'
import { type RateHistory, sumAligned } from '../../model/rate-history.ts'
import { Sparkline } from '../../parts/sparkline.tsx'
import classes from './live-map.module.css'

type Hover = {
  readonly onMouseEnter: () => void
  readonly onMouseLeave: () => void
  readonly onFocus: () => void
  readonly onBlur: () => void
}

/** Colour never stands alone: each state has its word. */
const stateWords: Readonly<Record<FlowState, string>> = {
  idle: 'idle',
  ok: 'up',
  waiting: 'behind',
  bad: 'broken',
}

const sparkColors: Readonly<Record<FlowState, string>> = {
  idle: 'var(--sb-faint)',
  ok: 'var(--sb-accent)',
  waiting: 'var(--sb-warn)',
  bad: 'var(--sb-bad)',
}

const boxStyle = ({ x, y, width, height }: Placed<object>) => ({
  left: x,
  top: y - height / 2,
  width,
  height,
})

type SystemBoxProps = {
  readonly node: Placed<SystemNode>
  readonly side: 'in' | 'out'
  readonly dimmed: boolean
  readonly hover: Hover
}

export function SystemBox({ node, side, dimmed, hover }: SystemBoxProps): ReactElement {
  const broken = node.state === 'bad'
  return (
    <div
      {...hover}
      className={classes.system}
      data-side={side}
      data-state={node.state}
      data-internal={node.internal || undefined}
      data-dimmed={dimmed || undefined}
      style={boxStyle(node)}
      title={`${node.label}: ${stateWords[node.state]}, ${node.detail}`}
    >
      <div className={classes.systemName}>
        <i className={classes.lamp} aria-hidden />
        <span>{node.label}</span>
      </div>
      <div className={classes.systemFacts}>
        {broken && <strong>{side === 'in' ? 'not receiving' : 'unreachable'}</strong>}
        {!broken && `${formatRate(node.perSecond)}/s`}
        {node.waiting > 0 && node.state !== 'ok' && ` · ${formatCount(node.waiting)} waiting`}
        <span className="sr-only">{stateWords[node.state]}</span>
      </div>
    </div>
  )
}

type RowNodeProps = {
  readonly row: Placed<RouteRow>
  readonly history: RateHistory
  readonly dimmed: boolean
  readonly hover: Hover
  readonly onToggleGroup: (owner: string) => void
}

export function RowNode({ row, history, dimmed, hover, onToggleGroup }: RowNodeProps): ReactElement {
  const route = row.routes[0]
  const content = (
    <>
      <span className={classes.rowWords}>
        <span className={classes.rowName}>
          <i className={classes.lamp} aria-hidden />
          <span>{row.label}</span>
          {row.kind === 'group' && <IconChevronDown size={15} aria-hidden />}
          {route?.state === 'stopped' && row.kind === 'route' && <IconPlayerStop size={14} aria-label="stopped" />}
        </span>
        <span className={classes.rowCaption}>{row.caption}</span>
      </span>
      <Sparkline
        values={sumAligned(row.routes.map(member => history.byRoute.get(member.name) ?? []))}
        width={Math.round(Math.min(68, row.width * 0.24))}
        height={26}
        color={sparkColors[row.state]}
      />
      <span className={classes.rowRate}>
        {formatRate(row.perSecond)}
        <small>/s</small>
        <span className="sr-only">, {stateWords[row.state]}</span>
      </span>
    </>
  )
  const shared = {
    ...hover,
    className: classes.row,
    'data-state': row.state,
    'data-dimmed': dimmed || undefined,
    style: boxStyle(row),
  }
  if (row.kind === 'group') {
    return (
      <button type="button" {...shared} aria-expanded={false} onClick={() => onToggleGroup(row.label)}>
        {content}
      </button>
    )
  }
  return (
    <>
      <Link to="/routes/$name" params={{ name: row.label }} {...shared}>
        {content}
      </Link>
      {row.closesGroup && (
        <button
          type="button"
          className={classes.fold}
          style={{ left: row.x + row.width - 6, top: row.y - row.height / 2 - 7 }}
          title={`Fold the routes of ${row.caption}`}
          aria-label={`Fold the routes of ${row.caption}`}
          onClick={() => onToggleGroup(row.caption)}
        >
          <IconChevronUp size={13} aria-hidden />
        </button>
      )}
    </>
  )
}

/** How much piles up, and how old, on the edge where it does. */
export function QueueTag({ edge, dimmed }: { readonly edge: PlacedEdge; readonly dimmed: boolean }): ReactElement {
  const at = pointAt(edge.curve, 0.56)
  return (
    <span
      className={classes.queue}
      data-state={edge.state}
      data-dimmed={dimmed || undefined}
      style={{ left: at.x, top: at.y }}
    >
      {formatCount(edge.waiting)} <small>{formatDuration(edge.lagMs)}</small>
    </span>
  )
}
