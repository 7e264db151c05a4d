import { type ReactElement, useMemo } from 'react'
import { type DiffRow, type DiffSpan, diffTexts, foldUnchanged } from '../model/text-diff.ts'
import { nameOfInvisible } from '../model/raw-lines.ts'
import classes from './diff-view.module.css'

type DiffViewProps = {
  readonly before: string
  readonly after: string
  readonly mode: 'inline' | 'side-by-side'
  readonly label: string
}

const CONTEXT_LINES = 3

export function DiffView({ before, after, mode, label }: DiffViewProps): ReactElement {
  const rows = useMemo(() => foldUnchanged(diffTexts(before, after), CONTEXT_LINES), [before, after])
  return (
    <div className={classes.diff} role="region" aria-label={label} tabIndex={0} data-mode={mode}>
      {rows.map((row, index) =>
        row.kind === 'fold' ? (
          // Rows have no identity of their own and never move.
          <div key={`fold${index}`} className={classes.fold}>
            {row.count} unchanged {row.count === 1 ? 'line' : 'lines'}
          </div>
        ) : mode === 'inline' ? (
          <InlineRow key={`row${index}`} row={row} />
        ) : (
          <SideRow key={`row${index}`} row={row} />
        ),
      )}
    </div>
  )
}

function InlineRow({ row }: { readonly row: DiffRow }): ReactElement {
  if (row.kind === 'same') return <Line sign=" " side={row.after} />
  return (
    <>
      {row.before && <Line sign="-" side={row.before} />}
      {row.after && <Line sign="+" side={row.after} />}
    </>
  )
}

function SideRow({ row }: { readonly row: DiffRow }): ReactElement {
  const changed = row.kind !== 'same'
  return (
    <div className={classes.pair}>
      <Line sign={changed && row.before ? '-' : ' '} side={row.before} />
      <Line sign={changed && row.after ? '+' : ' '} side={row.after} />
    </div>
  )
}

type LineProps = { readonly sign: ' ' | '+' | '-'; readonly side: DiffRow['before'] }

const signWords = { ' ': '', '+': 'added: ', '-': 'removed: ' } as const

function Line({ sign, side }: LineProps): ReactElement {
  if (!side) return <div className={classes.line} data-empty />
  return (
    <div className={classes.line} data-sign={sign === ' ' ? undefined : sign}>
      <span className={classes.number} aria-hidden>
        {side.number}
      </span>
      <span className={classes.sign} aria-hidden>
        {sign}
      </span>
      <span className={classes.text}>
        <span className="sr-only">{signWords[sign]}</span>
        {side.spans.map((span, index) => (
          <Span key={`${index}${span.changed}`} span={span} marked={sign !== ' ' && span.changed} />
        ))}
      </span>
    </div>
  )
}

function Span({ span, marked }: { readonly span: DiffSpan; readonly marked: boolean }): ReactElement {
  const text = span.text.replace(/[\u0000-\u0008\u000b-\u001f]/g, character => `⟨${nameOfInvisible(character) ?? '?'}⟩`)
  return marked ? <mark className={classes.mark}>{text}</mark> : <>{text}</>
}
