import type { BatchPart } from './batch-splitter.ts'
import { BatchSegments } from './batch-segments.ts'
import { splitBatch } from './batch-splitter.ts'
import type { Issue } from './issue.ts'
import { IssueList } from './issue.ts'
import { encodeUtf8 } from './charset.ts'
import type { ParseOptions, ParseResult } from './parse.ts'
import { parse } from './parse.ts'
import { PARSE_LIMITS_DEFAULT } from './limits.ts'
import type { Segment } from './segment.ts'

/** A message of a batch: its own bytes, where they start in the file, and what parsing them gave. */
export interface BatchMessage {
  readonly bytes: Uint8Array
  readonly byteOffset: number
  readonly parsed: ParseResult
}

/** Messages between BHS and BTS; a file without BHS is one batch without a header. */
export interface Batch {
  readonly header: Segment | undefined
  readonly messages: readonly BatchMessage[]
  readonly trailer: Segment | undefined
}

export interface BatchFile {
  readonly header: Segment | undefined
  readonly batches: readonly Batch[]
  readonly trailer: Segment | undefined
  /** Every message of the file in order. */
  readonly messages: readonly BatchMessage[]
  readonly issues: readonly Issue[]
}

interface OpenBatch {
  header: Segment | undefined
  messages: BatchMessage[]
  trailer: Segment | undefined
  byteOffset: number
}

/**
 * Reads a batch file (FHS, BHS, messages, BTS, FTS; all but the messages optional). Counts in BTS-1 and FTS-1 are checked, and a
 * message that cannot be parsed does not keep the others from being read. For files too large for memory use `createBatchReader`.
 */
export function parseBatch(input: Uint8Array | string, options: ParseOptions = {}): BatchFile {
  const bytes = typeof input === 'string' ? encodeUtf8(input) : input
  const reader = new BatchReader(options)
  for (const part of splitBatch(bytes)) reader.take(part)
  return reader.finish(bytes.length)
}

class BatchReader {
  readonly #options: ParseOptions
  readonly #issues: IssueList
  readonly #batches: OpenBatch[] = []
  readonly #messages: BatchMessage[] = []
  readonly #segments: BatchSegments = new BatchSegments()
  #header: Segment | undefined
  #trailer: Segment | undefined
  #open: OpenBatch | undefined

  constructor(options: ParseOptions) {
    this.#options = options
    this.#issues = new IssueList(options.limits?.issuesMax ?? PARSE_LIMITS_DEFAULT.issuesMax)
  }

  take(part: BatchPart): void {
    switch (part.kind) {
      case 'file-header':
        this.#header = this.#segments.read(part.bytes)
        return
      case 'batch-header':
        this.#close()
        this.#open = this.#start(this.#segments.read(part.bytes), part.byteOffset)
        return
      case 'message':
        this.#takeMessage(part)
        return
      case 'batch-trailer':
        this.#takeBatchTrailer(part)
        return
      case 'file-trailer':
        this.#takeFileTrailer(part)
        return
      case 'junk':
        if (part.bytes.some(byte => byte > 0x20)) {
          this.#issues.add('header-displaced', 'warning', 'Something stands before the first header segment', {
            byteOffset: 0,
          })
        }
    }
  }

  finish(bytesTotal: number): BatchFile {
    this.#close()
    if (bytesTotal === 0) this.#issues.add('input-empty', 'error', 'The input is empty')
    else if (this.#messages.length === 0 && this.#batches.length === 0) {
      this.#issues.add('header-missing', 'error', 'The input holds no message')
    }
    if (this.#header !== undefined && this.#trailer === undefined) {
      this.#issues.add('batch-trailer-missing', 'warning', 'The file has an FHS and no FTS', undefined, 'FTS')
    }
    return {
      header: this.#header,
      batches: this.#batches,
      trailer: this.#trailer,
      messages: this.#messages,
      issues: this.#issues.issues,
    }
  }

  #start(header: Segment | undefined, byteOffset: number): OpenBatch {
    const batch: OpenBatch = { header, messages: [], trailer: undefined, byteOffset }
    this.#batches.push(batch)
    return batch
  }

  #close(): void {
    const open = this.#open
    if (open?.header !== undefined && open.trailer === undefined) {
      this.#issues.add(
        'batch-trailer-missing',
        'warning',
        'A batch has a BHS and no BTS',
        { byteOffset: open.byteOffset },
        'BTS',
      )
    }
    this.#open = undefined
  }

  #takeMessage(part: BatchPart): void {
    const parsed = parse(part.bytes, this.#options)
    const message: BatchMessage = { bytes: part.bytes, byteOffset: part.byteOffset, parsed }
    this.#messages.push(message)
    this.#open ??= this.#start(undefined, part.byteOffset)
    this.#open.messages.push(message)
    if (!parsed.ok || parsed.issues.some(issue => issue.severity === 'error')) {
      this.#issues.add('batch-message-invalid', 'error', `Message ${this.#messages.length} of the file has errors`, {
        byteOffset: part.byteOffset,
      })
    }
  }

  #takeBatchTrailer(part: BatchPart): void {
    const trailer = this.#segments.read(part.bytes)
    if (this.#open === undefined) {
      this.#issues.add(
        'batch-header-missing',
        'warning',
        'A BTS closes no batch',
        { byteOffset: part.byteOffset },
        'BTS',
      )
      return
    }
    this.#open.trailer = trailer
    this.#check(trailer, 'BTS-1', this.#open.messages.length, 'messages', part)
    this.#open = undefined
  }

  #takeFileTrailer(part: BatchPart): void {
    this.#close()
    this.#trailer = this.#segments.read(part.bytes)
    this.#check(this.#trailer, 'FTS-1', this.#batches.length, 'batches', part)
  }

  #check(trailer: Segment, path: string, found: number, what: string, part: BatchPart): void {
    const declared = (trailer.text('1') ?? '').trim()
    if (declared === '' || Number(declared) === found) return
    this.#issues.add(
      'batch-count-mismatch',
      'error',
      `${path} does not match the ${found} ${what} that were found`,
      { byteOffset: part.byteOffset },
      path,
    )
  }
}
