import type { RouteGraph, RouteStatus } from '@samband/operations/contract'
import {
  IconArrowsSplit2,
  IconBinaryTree,
  IconBoxMultiple,
  IconCopyOff,
  IconFilter,
  IconLogin2,
  IconLogout2,
  IconPlug,
  IconPointFilled,
  IconSortAscendingNumbers,
  IconTransform,
  type TablerIcon,
} from '@tabler/icons-react'
import { useElementSize } from '@mantine/hooks'
import { type ReactElement, useMemo } from 'react'
import { layoutGraph, NODE_HEIGHT } from '../../model/graph-layout.ts'
import { destinationState, type FlowState } from '../../model/map-model.ts'
import classes from './route-page.module.css'

const icons: Readonly<Record<string, TablerIcon>> = {
  source: IconLogin2,
  from: IconLogin2,
  parse: IconBinaryTree,
  dedupe: IconCopyOff,
  orderBy: IconSortAscendingNumbers,
  order: IconSortAscendingNumbers,
  filter: IconFilter,
  map: IconTransform,
  call: IconPlug,
  split: IconArrowsSplit2,
  aggregate: IconBoxMultiple,
  to: IconLogout2,
  destination: IconLogout2,
}

type GraphProps = { readonly graph: RouteGraph; readonly route: RouteStatus | undefined }

/** Source → steps → destinations, as the code says. */
export function Graph({ graph, route }: GraphProps): ReactElement {
  const { ref, width } = useElementSize()
  const layout = useMemo(() => layoutGraph(graph, width), [graph, width])
  return (
    // A scrolling region must be reachable with the keyboard.
    <div className={classes.graphScroll} role="region" aria-label={`Graph of ${graph.name}`} tabIndex={0}>
      <div ref={ref} />
      <div className={classes.graph} style={{ width: layout.width, height: layout.height }}>
        <svg className={classes.graphEdges} width={layout.width} height={layout.height} aria-hidden>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="5" markerHeight="5" orient="auto">
              <path d="M0,0.5 L7,4 L0,7.5 Z" style={{ fill: 'var(--sb-line-strong)', stroke: 'none' }} />
            </marker>
          </defs>
          {layout.edges.map(edge => (
            <path key={edge.id} d={edge.path} markerEnd="url(#arrow)" />
          ))}
        </svg>
        {layout.nodes.map(node => {
          const Icon = icons[node.kind] ?? IconPointFilled
          return (
            <div
              key={node.id}
              className={classes.node}
              data-tight={layout.nodeWidth < 150 || undefined}
              data-state={stateOf(node, route)}
              style={{ left: node.x, top: node.y, width: layout.nodeWidth, height: NODE_HEIGHT }}
              title={[node.label, node.detail].filter(Boolean).join(': ')}
            >
              <span className={classes.nodeIcon}>
                <Icon size={17} stroke={1.8} aria-hidden />
              </span>
              <span className={classes.nodeWords}>
                <span className={classes.nodeLabel}>{node.label}</span>
                <span className={classes.nodeKind}>{node.detail ?? node.kind}</span>
              </span>
            </div>
          )
        })}
      </div>
    </div>
  )
}

function stateOf(node: RouteGraph['nodes'][number], route: RouteStatus | undefined): FlowState | undefined {
  const destination = route?.destinations.find(candidate => candidate.name === node.label)
  return destination && (node.kind === 'to' || node.kind === 'destination') ? destinationState(destination) : undefined
}
