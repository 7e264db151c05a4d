import type { RowData, TableFeatures } from '@tanstack/react-table'
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactElement, type ReactNode, useEffect, useRef } from 'react'
import classes from './data-table.module.css'

export const plainFeatures = tableFeatures({})
export const columnHelper = <T extends RowData>() => createColumnHelper<typeof plainFeatures, T>()

/** Columns of a table that shows rows as the server ordered them. */
export type Columns<T extends RowData> = ReturnType<ReturnType<typeof columnHelper<T>>['columns']>
export type AnyFeatures = TableFeatures

type DataTableProps<T extends RowData> = {
  readonly label: string
  readonly columns: Columns<T>
  /** CSS grid width of each column, in order. */
  readonly widths: readonly string[]
  readonly rows: readonly T[]
  readonly rowId: (row: T) => string
  readonly onOpen?: (row: T) => void
  /** Narrow screens: one row as a small card. */
  readonly compact: (row: T) => ReactNode
  readonly isNarrow: boolean
  readonly compactHeight?: number
  readonly onEndReached?: () => void
  readonly footer?: ReactNode
  /** Rows to mark as new, for the live tail. */
  readonly isFresh?: (row: T) => boolean
}

const ROW_PX = 40
const END_ROWS = 12

/**
 * A virtualised table: thousands of rows, some forty in the page. Arrow keys or j/k walk, Enter opens, Home and End
 * jump; the rows keep table roles, with the row's number for screen readers as only some rows exist.
 */
export function DataTable<T extends RowData>(props: DataTableProps<T>): ReactElement {
  const { rows: data, isNarrow, onEndReached } = props
  const scrollRef = useRef<HTMLDivElement>(null)
  const table = useTable({
    features: plainFeatures,
    columns: props.columns,
    data: data,
    getRowId: props.rowId,
  })
  const rows = table.getRowModel().rows
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => (isNarrow ? (props.compactHeight ?? 76) : ROW_PX),
    getItemKey: index => rows[index]?.id ?? index,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - END_ROWS) onEndReached?.()
  }, [lastShown, rows.length, onEndReached])
  useEffect(() => virtualizer.measure(), [isNarrow, virtualizer])

  const focusRow = (index: number): void => {
    const target = Math.min(Math.max(index, 0), rows.length - 1)
    virtualizer.scrollToIndex(target)
    const row = (): HTMLElement | null | undefined =>
      scrollRef.current?.querySelector<HTMLElement>(`[data-index="${target}"]`)
    // At once where the row is there, so that a key held down never counts from the row before; else when it is drawn.
    const there = row()
    if (there) there.focus({ preventScroll: true })
    else requestAnimationFrame(() => row()?.focus({ preventScroll: true }))
  }
  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: 12,
      PageUp: -12,
    }
    const move = moves[event.key]
    const row = rows[index]
    if (event.metaKey || event.ctrlKey || event.altKey) return
    if (move !== undefined) focusRow(index + move)
    else if (event.key === 'Home') focusRow(0)
    else if (event.key === 'End') focusRow(rows.length - 1)
    else if (event.key === 'Enter' && row && event.target === event.currentTarget) props.onOpen?.(row.original)
    else return
    event.preventDefault()
  }
  const template = { gridTemplateColumns: isNarrow ? '1fr' : props.widths.join(' ') }
  return (
    <div className={classes.table} role="table" aria-label={props.label} aria-rowcount={rows.length + 1}>
      {!isNarrow && (
        <div role="rowgroup" className={classes.head}>
          {table.getHeaderGroups().map(group => (
            <div key={group.id} role="row" aria-rowindex={1} className={classes.headRow} style={template}>
              {group.headers.map(header => (
                <div key={header.id} role="columnheader">
                  <table.FlexRender header={header} />
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      <div ref={scrollRef} className={classes.scroll} role="rowgroup">
        <div className={classes.canvas} style={{ height: virtualizer.getTotalSize() }}>
          {items.map(item => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <div
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                data-fresh={props.isFresh?.(row.original) || undefined}
                data-opens={props.onOpen ? true : undefined}
                tabIndex={item.index === 0 ? 0 : -1}
                className={classes.row}
                style={{ ...template, height: item.size, transform: `translateY(${item.start}px)` }}
                onKeyDown={event => onKeyDown(event, item.index)}
                onClick={event => {
                  if (!hasSelection() && !(event.target as HTMLElement).closest('a,button'))
                    props.onOpen?.(row.original)
                }}
              >
                {isNarrow ? (
                  <div role="cell">{props.compact(row.original)}</div>
                ) : (
                  row.getAllCells().map(cell => (
                    <div key={cell.id} role="cell" className={classes.cell}>
                      <table.FlexRender cell={cell} />
                    </div>
                  ))
                )}
              </div>
            )
          })}
        </div>
        {props.footer}
      </div>
    </div>
  )
}

/** Selecting text in a row, to copy it, is not a click on the row. */
function hasSelection(): boolean {
  return (window.getSelection()?.toString() ?? '') !== ''
}
