import type { Issue } from '@samband/errors'
import type { Raw } from './payload.ts'

/** What the journal records of a message beside its bytes, read without parsing all of it. */
export type Description = {
  /** 'ADT^A01', 'Bundle' ... */
  readonly type?: string
  /** MSH-10, Bundle.identifier ... */
  readonly controlId?: string
  /** Identifiers by which an operator finds it; stored only as a keyed hash. */
  readonly patientIds?: readonly string[]
}

export type ParseOutcome<T> =
  | { readonly ok: true; readonly value: T; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** From bytes to a typed message. Pure; expected bad input is a value with every issue. */
export type Parser<T> = {
  /** Shown in graphs and traces: 'hl7v2', 'oru-r01'. */
  readonly name: string
  readonly parse: (raw: Raw) => ParseOutcome<T>
  /** Cheap look at the header, for the journal's columns. Must not throw. */
  readonly describe?: (bytes: Uint8Array) => Description
}
