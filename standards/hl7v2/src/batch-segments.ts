import { isBreak } from './batch-splitter.ts'
import { decodeContent, decodeUtf8 } from './charset.ts'
import type { Delimiters } from './delimiters.ts'
import { DELIMITERS_DEFAULT, isFieldSeparator, readDelimiters } from './delimiters.ts'
import { MessageContext } from './message-context.ts'
import { Segment } from './segment.ts'

/** Reads the segments around the messages of a batch. FHS and BHS declare delimiters of their own, the trailers use those of the header before. */
export class BatchSegments {
  #delimiters: Delimiters = DELIMITERS_DEFAULT

  read(bytes: Uint8Array): Segment {
    const content = decodeContent(bytes, decodeUtf8(bytes), 'ascii')
    const line = content.raw.slice(0, contentEnd(content.raw))
    const id = line.slice(0, 3)
    const field = line.charAt(3)
    if ((id === 'FHS' || id === 'BHS') && isFieldSeparator(field)) {
      const end = line.indexOf(field, 4)
      this.#delimiters = readDelimiters(field, line.slice(4, end < 0 ? line.length : end)).delimiters
    }
    const context = new MessageContext(this.#delimiters, 'ascii', content.codec, true)
    return new Segment(id, line, 0, line.length, content.raw.slice(line.length), context)
  }
}

/** Where the line ends and framing at the end begin. A regular expression would take quadratic time where many of them stand in the middle. */
function contentEnd(raw: string): number {
  let end = raw.length
  while (end > 0 && isBreak(raw.charCodeAt(end - 1))) end--
  return end
}
