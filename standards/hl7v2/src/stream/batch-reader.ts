import { BatchSegments } from '../batch-segments.ts'
import type { BatchPart, BatchPartKind } from '../batch-splitter.ts'
import { isBreak, kindAt } from '../batch-splitter.ts'
import type { Issue } from '../issue.ts'
import { IssueList } from '../issue.ts'
import { PARSE_LIMITS_DEFAULT } from '../limits.ts'
import type { Segment } from '../segment.ts'
import { PartBuffer } from './part-buffer.ts'

/**
 * What a batch file holds, as it comes: a message (its bytes are its own; `parse` takes them), a header or trailer, or something that is
 * odd about the file.
 */
export type BatchEvent =
  | { readonly kind: 'message'; readonly bytes: Uint8Array; readonly byteOffset: number }
  | {
      readonly kind: 'file-header' | 'batch-header' | 'batch-trailer' | 'file-trailer'
      readonly segment: Segment
      readonly byteOffset: number
    }
  | { readonly kind: 'issue'; readonly issue: Issue }

export interface BatchReaderOptions {
  /** Largest message; a larger one is passed over and reported. */
  readonly bytesMax?: number
  /** Most issues reported; one more says that the rest is left out. */
  readonly issuesMax?: number
}

export interface BatchReader {
  /** Takes the next bytes of the file, cut anywhere, and returns what is complete. */
  push(chunk: Uint8Array): BatchEvent[]
  /** Returns what is left when the file ends, and checks that it ended as it should. */
  end(): BatchEvent[]
  /** Bytes held back until the message that they belong to is whole. */
  readonly bufferedBytes: number
}

/**
 * Reads a batch file of any size in the memory of its largest message: FHS, BHS, messages, BTS, FTS (HL7 v2.5.1 §2.10.3), all but the
 * messages optional. Counts in BTS-1 and FTS-1 are checked. Each byte is looked at once.
 */
export function createBatchReader(options: BatchReaderOptions = {}): BatchReader {
  return new Reader(
    options.bytesMax ?? PARSE_LIMITS_DEFAULT.bytesMax,
    options.issuesMax ?? PARSE_LIMITS_DEFAULT.issuesMax,
  )
}

/** A line start needs so many bytes to be told: three of the id and the separator. */
const LINE_START_BYTES = 4

/**
 * Where the reader is:
 *
 * - `start`: at the start of a line, which waits for four bytes. Where they begin a part, the part before it is complete.
 * - `line`: within a line, looking for its end.
 * - `breaks`: within line ends, looking for the next line.
 */
class Reader implements BatchReader {
  readonly #bytesMax: number
  readonly #buffer = new PartBuffer()
  readonly #check: BatchCheck
  #state: 'start' | 'line' | 'breaks' = 'start'
  #kind: BatchPartKind = 'junk'
  #ended = false

  constructor(bytesMax: number, issuesMax: number) {
    this.#bytesMax = bytesMax
    this.#check = new BatchCheck(issuesMax)
  }

  get bufferedBytes(): number {
    return this.#buffer.length
  }

  push(chunk: Uint8Array): BatchEvent[] {
    this.#buffer.append(chunk)
    this.#scan()
    return this.#check.take()
  }

  end(): BatchEvent[] {
    this.#ended = true
    this.#scan()
    this.#complete()
    this.#check.end(this.#buffer.offset)
    return this.#check.take()
  }

  #scan(): void {
    const buffer = this.#buffer
    while (buffer.at < buffer.end) {
      if (this.#state === 'start') {
        if (buffer.end - buffer.at < LINE_START_BYTES && !this.#ended) break
        const kind = kindAt(buffer.ended(LINE_START_BYTES), buffer.at)
        if (kind !== undefined) {
          this.#complete()
          this.#kind = kind
        }
        this.#state = 'line'
      }
      if (this.#state === 'line') {
        while (buffer.at < buffer.end && !isBreak(buffer.bytes[buffer.at])) buffer.at++
        if (buffer.at < buffer.end) this.#state = 'breaks'
      }
      if (this.#state === 'breaks') {
        while (buffer.at < buffer.end && isBreak(buffer.bytes[buffer.at])) buffer.at++
        if (buffer.at < buffer.end) this.#state = 'start'
      }
    }
    if (buffer.length > this.#bytesMax) buffer.skip()
  }

  /** The part up to here is whole. */
  #complete(): void {
    const { bytes, byteOffset, bytesTotal } = this.#buffer.take()
    if (bytesTotal === 0) return
    if (bytesTotal > this.#bytesMax) this.#check.tooLarge(byteOffset, this.#kind, this.#bytesMax)
    else this.#check.part({ kind: this.#kind, bytes, byteOffset })
  }
}

/** Turns parts into events and counts them. */
class BatchCheck {
  readonly #segments = new BatchSegments()
  readonly #issues: IssueList
  #events: BatchEvent[] = []
  #reported = 0
  #messages = 0
  #batches = 0
  #batchMessages = 0
  #fileOpen = false
  #batchOpen: 'no' | 'implied' | 'declared' = 'no'

  constructor(issuesMax: number) {
    this.#issues = new IssueList(issuesMax)
  }

  take(): BatchEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  tooLarge(byteOffset: number, kind: BatchPartKind, bytesMax: number): void {
    if (kind === 'message') this.#countMessage()
    this.#issue('input-too-large', 'error', `A ${kind} is larger than the ${bytesMax} bytes allowed`, byteOffset)
  }

  part({ kind, bytes, byteOffset }: BatchPart): void {
    if (kind === 'junk') {
      if (bytes.some(byte => byte > 0x20)) {
        this.#issue('header-displaced', 'warning', 'Something stands before the first header segment', byteOffset)
      }
      return
    }
    if (kind === 'message') {
      this.#countMessage()
      this.#events.push({ kind, bytes, byteOffset })
      return
    }
    const segment = this.#segments.read(bytes)
    this.#events.push({ kind, segment, byteOffset })
    if (kind === 'file-header') this.#fileOpen = true
    else if (kind === 'batch-header') this.#openBatch(byteOffset)
    else if (kind === 'batch-trailer') this.#closeBatch(segment, byteOffset)
    else {
      this.#missingTrailer(byteOffset)
      this.#count(segment, 'FTS-1', this.#batches, 'batches', byteOffset)
      this.#fileOpen = false
    }
  }

  end(bytesTotal: number): void {
    this.#missingTrailer(bytesTotal)
    if (bytesTotal === 0) this.#issue('input-empty', 'error', 'The input is empty', 0)
    else if (this.#messages === 0 && this.#batches === 0)
      this.#issue('header-missing', 'error', 'The input holds no message', 0)
    if (this.#fileOpen) this.#issue('batch-trailer-missing', 'warning', 'The file has an FHS and no FTS', bytesTotal)
  }

  #countMessage(): void {
    this.#messages++
    if (this.#batchOpen === 'no') {
      this.#batchOpen = 'implied'
      this.#batches++
      this.#batchMessages = 0
    }
    this.#batchMessages++
  }

  #openBatch(byteOffset: number): void {
    this.#missingTrailer(byteOffset)
    this.#batchOpen = 'declared'
    this.#batches++
    this.#batchMessages = 0
  }

  #closeBatch(segment: Segment, byteOffset: number): void {
    if (this.#batchOpen === 'no') {
      this.#issue('batch-header-missing', 'warning', 'A BTS closes no batch', byteOffset)
      return
    }
    this.#count(segment, 'BTS-1', this.#batchMessages, 'messages', byteOffset)
    this.#batchOpen = 'no'
  }

  #missingTrailer(byteOffset: number): void {
    if (this.#batchOpen === 'declared') {
      this.#issue('batch-trailer-missing', 'warning', 'A batch has a BHS and no BTS', byteOffset)
    }
    this.#batchOpen = 'no'
  }

  #count(trailer: Segment, path: string, found: number, what: string, byteOffset: number): void {
    const declared = (trailer.text('1') ?? '').trim()
    if (declared === '' || Number(declared) === found) return
    this.#issue(
      'batch-count-mismatch',
      'error',
      `${path} does not match the ${found} ${what} that were found`,
      byteOffset,
    )
  }

  #issue(code: Issue['code'], severity: Issue['severity'], text: string, byteOffset: number): void {
    this.#issues.add(code, severity, text, { byteOffset })
    for (const issue of this.#issues.issues.slice(this.#reported)) this.#events.push({ kind: 'issue', issue })
    this.#reported = this.#issues.issues.length
  }
}
