import { styleText } from 'node:util'

/** Where commands write. Rows and results go to stdout; notes, progress and errors to stderr, so that pipes stay clean. */
export type Output = {
  /** One JSON object a row on stdout, and nothing else there. */
  readonly json: boolean
  readonly write: (text: string | Uint8Array) => Promise<void>
  readonly note: (text: string) => void
  /** Rewrites one line on a terminal; says nothing elsewhere. */
  readonly progress: (text: string) => void
  readonly isTerminal: boolean
  readonly width: number
}

export type Column<Row> = {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: 'right'
  readonly style?: (row: Row) => Style | undefined
}

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

export function terminalOutput({ json }: { readonly json: boolean }): Output {
  const { stdout, stderr } = process
  let progressShown = false
  return {
    json,
    isTerminal: stdout.isTTY,
    width: stdout.columns ?? 120,
    write: text => write(stdout, text),
    note: text => {
      if (progressShown) stderr.write('\r\x1b[2K')
      progressShown = false
      stderr.write(`${text}\n`)
    },
    progress: text => {
      if (!stderr.isTTY) return
      progressShown = text !== ''
      stderr.write(`\r\x1b[2K${text}`)
    },
  }
}

/** Waits when the reader is slower than we are; a reader that left (`| head`) is no error. */
function write(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => {
      if (error == null || ('code' in error && error.code === 'EPIPE')) resolve()
      else reject(error)
    })
  })
}

/** A table for people, or a JSON object a row. An empty table says so on stderr. */
export async function rows<Row extends object>(
  output: Output,
  items: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
): Promise<void> {
  if (output.json) {
    for (const item of items) await jsonRow(output, item)
    return
  }
  if (items.length === 0) return output.note(empty)
  await output.write(`${table(items, columns, output.isTerminal)}\n`)
}

export async function jsonRow(output: Output, row: object): Promise<void> {
  await output.write(`${JSON.stringify(row)}\n`)
}

export function table<Row>(items: readonly Row[], columns: readonly Column<Row>[], colours: boolean): string {
  const cells = items.map(item => columns.map(column => printable(column.value(item))))
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells.map(row => row[at]?.length ?? 0)))
  const pad = (text: string, at: number): string => {
    const width = widths[at] ?? 0
    if (columns[at]?.align === 'right') return text.padStart(width)
    return at === columns.length - 1 ? text : text.padEnd(width)
  }
  const line = (texts: readonly string[]): string => texts.join('  ').trimEnd()
  const head = line(columns.map(({ title }, at) => pad(title, at)))
  const body = items.map((item, index) =>
    line(columns.map((column, at) => styled(pad(cells[index]?.[at] ?? '', at), column.style?.(item), colours))),
  )
  return [styled(head, 'dim', colours), ...body].join('\n')
}

/** Colours only where a terminal shows them (NO_COLOR is honoured by styleText's stream check). */
export function styled(text: string, style: Style | undefined, colours: boolean): string {
  return style === undefined || !colours ? text : styleText(style, text, { stream: process.stdout })
}

/** Control characters would move the cursor or worse: they are shown, not sent to the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, character => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421'
  })
}

export function localTime(iso: string): string {
  const date = new Date(iso)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = -1
  do {
    value /= 1024
    unit += 1
  } while (value >= 1024 && unit < units.length - 1)
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}
