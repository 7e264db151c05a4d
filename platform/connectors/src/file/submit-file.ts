import type { Intake } from '@samband/engine'
import { type SambandError, toSambandError } from '@samband/errors'
import { splitBatch } from '@samband/hl7v2'
import { charsetAttribute } from '../hl7/charset-attribute.ts'
import type { FileIdentity } from './take-file.ts'

/** How far a file has come; kept while it lies in the folder, so that nothing is submitted twice in one run. */
export type Progress = { readonly identity: FileIdentity; submitted: number; stored: number; complete: boolean }

export type SubmitInput = {
  readonly intake: Intake
  readonly name: string
  readonly bytes: Uint8Array
  readonly split: 'none' | 'hl7-batch'
  readonly charset: string | undefined
  readonly progress: Progress
  readonly isClosing: () => boolean
}

type Refused = { readonly code: string; readonly text: string }

/** stored: every message is committed or was refused alone; refused: none is; later: try the rest at the next look. */
export type SubmitOutcome = {
  readonly kind: 'stored' | 'refused' | 'later'
  readonly stored: number
  readonly refused: readonly Refused[]
  readonly error?: SambandError
}

/** Submits a file's messages one after another, each after the commit of the one before. Never rejects. */
export async function submitFile(input: SubmitInput): Promise<SubmitOutcome> {
  const { intake, name, progress } = input
  const refused: Refused[] = []
  let stored = 0
  const refuse = (code: string, text: string, bytes: Uint8Array): void => {
    refused.push({ code, text })
    intake.refuse({ code, text, peer: name, bytes })
  }
  for (const [index, part] of partsOf(input).entries()) {
    if (index < progress.submitted) continue
    if (input.isClosing()) return { kind: 'later', stored, refused }
    if (!part.isMessage) {
      refuse('file-part-unknown', 'a part of the file belongs to no message', part.bytes)
    } else {
      const error = await submitPart(input, part.bytes, index)
      if (error?.retry === true) return { kind: 'later', stored, refused, error }
      if (error === undefined) {
        stored++
        progress.stored++
      } else {
        refuse(error.code, error.message, part.bytes)
      }
    }
    progress.submitted = index + 1
  }
  if (progress.submitted === 0) refuse('file-without-message', 'the file holds no HL7 message', input.bytes)
  return { kind: progress.stored === 0 ? 'refused' : 'stored', stored, refused }
}

async function submitPart(input: SubmitInput, bytes: Uint8Array, index: number): Promise<SambandError | undefined> {
  const { intake, name, split, charset } = input
  const read = charset === undefined ? {} : { [charsetAttribute]: charset }
  const place = split === 'none' ? {} : { 'file.message': String(index + 1) }
  try {
    await intake.submit({ bytes, peer: name, attributes: { 'file.name': name, ...place, ...read } })
    return undefined
  } catch (thrown) {
    return toSambandError(thrown, 'file-not-stored')
  }
}

type Part = { readonly isMessage: boolean; readonly bytes: Uint8Array }

/** The file's messages in order, and whatever in it belongs to none; a batch's headers and trailers are left out. */
function partsOf(input: SubmitInput): readonly Part[] {
  if (input.split === 'none') return [{ isMessage: true, bytes: input.bytes }]
  const parts: Part[] = []
  for (const { kind, bytes } of splitBatch(input.bytes)) {
    if (kind === 'message') parts.push({ isMessage: true, bytes })
    else if (kind === 'junk' && !isBlank(bytes)) parts.push({ isMessage: false, bytes })
  }
  return parts
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1c)
}
