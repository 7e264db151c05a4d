import { IconChevronRight } from '@tabler/icons-react'
import type { TreeNode } from '@samband/operations/contract'
import type { ReactElement } from 'react'
import type { TreeRow } from '../../model/tree-rows.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import tree from './tree-tab.module.css'

type TreeRowViewProps = {
  readonly row: TreeRow
  readonly index: number
  readonly isActive: boolean
  readonly top: number
  readonly height: number
  readonly onToggle: () => void
}

export function TreeRowView({ row, index, isActive, top, height, onToggle }: TreeRowViewProps): ReactElement {
  const { node, level, expandable, expanded, matches } = row
  return (
    <div
      id={`tree-${index}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={level + 1}
      aria-selected={isActive}
      {...(expandable ? { 'aria-expanded': expanded } : {})}
      className={tree.row}
      data-level={level}
      data-active={isActive || undefined}
      data-match={matches || undefined}
      style={{ top, height, paddingLeft: 14 + level * 20 }}
      onClick={onToggle}
      // The tree itself listens for keys: only it has the focus.
      onKeyDown={() => undefined}
    >
      <span className={tree.chevron} data-open={expanded || undefined}>
        {expandable && <IconChevronRight size={14} aria-hidden />}
      </span>
      <span className={tree.path}>{node.path}</span>
      {node.name && <span className={tree.name}>{node.name}</span>}
      {level > 0 && <NodeValue node={node} expanded={expanded} />}
      <span className={tree.copy}>
        <CopyButton value={node.path} label={`Copy the path ${node.path}`} size={13} />
      </span>
    </div>
  )
}

/** A composite has no value of its own: closed, it shows what its parts hold. */
function NodeValue({ node, expanded }: { readonly node: TreeNode; readonly expanded: boolean }): ReactElement | null {
  if (node.value !== null) return <span className={tree.value}>{shown(node.value)}</span>
  if (expanded) return null
  return <span className={tree.preview}>{shown(leafValues(node).join(' · '))}</span>
}

const leafValues = (node: TreeNode): readonly string[] =>
  node.children.length === 0 ? [node.value ?? ''] : node.children.flatMap(leafValues)

const VALUE_CHARS_MAX = 400

/** `""` is a value of its own in HL7 (delete what you have): it must not look like nothing. */
function shown(value: string): string {
  return value.length > VALUE_CHARS_MAX ? `${value.slice(0, VALUE_CHARS_MAX)}…` : value
}
