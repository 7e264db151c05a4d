import { Button } from '@mantine/core'
import { type MouseEvent, type ReactElement, useMemo, useState } from 'react'
import { nameOfInvisible, type RawLine, type RawPiece, rawLines } from '../model/raw-lines.ts'
import { formatBytes, plural } from '../model/format.ts'
import { CopyButton } from './copy-button.tsx'
import classes from './raw-view.module.css'

type RawViewProps = {
  readonly text: string
  readonly showInvisible: boolean
  readonly wrap?: boolean
  readonly label: string
}

const LINES_AT_ONCE = 400

/** A message as it came, one line per segment; pointing at a value tells its HL7 path. */
export function RawView({ text, showInvisible, wrap = true, label }: RawViewProps): ReactElement {
  const lines = useMemo(() => rawLines(text), [text])
  const hasPaths = lines.some(line => line.pieces.some(piece => piece.path !== null))
  const [shown, setShown] = useState(LINES_AT_ONCE)
  const [path, setPath] = useState<string | null>(null)
  const onMouseOver = (event: MouseEvent): void => {
    const piece = (event.target as HTMLElement).closest<HTMLElement>('[data-path]')
    setPath(piece?.dataset['path'] ?? null)
  }
  return (
    <div className={classes.view}>
      <div
        role="region"
        aria-label={label}
        // A scrolling region must be reachable with the keyboard.
        tabIndex={0}
        className={classes.lines}
        data-wrap={wrap || undefined}
        onMouseOver={onMouseOver}
        onMouseLeave={() => setPath(null)}
      >
        {lines.slice(0, shown).map(line => (
          <Line key={line.number} line={line} showInvisible={showInvisible} />
        ))}
        {lines.length > shown && (
          <Button variant="subtle" size="xs" m="xs" onClick={() => setShown(count => count + LINES_AT_ONCE * 5)}>
            Show more of {plural(lines.length, 'line')}
          </Button>
        )}
      </div>
      {hasPaths && (
        <div className={classes.path} aria-hidden>
          {path ?? 'Point at a value to see its path'}
        </div>
      )}
    </div>
  )
}

function Line({ line, showInvisible }: { readonly line: RawLine; readonly showInvisible: boolean }): ReactElement {
  return (
    <div className={classes.line}>
      <span className={classes.number} aria-hidden>
        {line.number}
      </span>
      <span className={classes.content}>
        {line.pieces.map((piece, index) => (
          // Pieces have no identity of their own and never move.
          <Piece key={`${index}${piece.kind}`} piece={piece} showInvisible={showInvisible} />
        ))}
        {line.truncated > 0 && (
          <span className={classes.cut}>… {formatBytes(line.truncated)} more; download to see all</span>
        )}
      </span>
      <span className={classes.copy}>
        <CopyButton
          value={() =>
            line.pieces
              .map(piece => piece.text)
              .join('')
              .replace(/[\r\n]+$/, '')
          }
          label="Copy this line"
          size={13}
        />
      </span>
    </div>
  )
}

function Piece({
  piece,
  showInvisible,
}: {
  readonly piece: RawPiece
  readonly showInvisible: boolean
}): ReactElement | null {
  if (piece.kind === 'invisible') {
    if (!showInvisible) return <>{lineEnds.test(piece.text) ? '' : piece.text}</>
    return (
      // The name is drawn, not written: selecting and copying gives the character itself.
      <span className={classes.invisible} data-name={nameOfInvisible(piece.text)} title={codeOf(piece.text)}>
        {lineEnds.test(piece.text) ? '' : piece.text}
      </span>
    )
  }
  if (piece.kind === 'broken') {
    return (
      <span className={classes.broken} title="Bytes that are not valid in this charset">
        {piece.text}
      </span>
    )
  }
  return (
    <span className={classes[piece.kind]} data-path={piece.path ?? undefined}>
      {piece.text}
    </span>
  )
}

/** Characters that would break the line they stand on. */
const lineEnds = /[\r\n\u000b\u001c]/

const codeOf = (character: string): string => `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
