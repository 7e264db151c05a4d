import type { TraceResult } from '@samband/engine'
import { decodeAs, decodeBody } from './body-view.ts'
import type { Trace } from './contract.ts'

/** What the engine computed again, as text: bytes in the character set that they declare, else in that of the message. */
export function traceView(result: TraceResult, body: Uint8Array | undefined): Trace {
  const charset = body === undefined ? 'utf-8' : decodeBody(body).charset
  return {
    revision: result.revision,
    exact: result.exact,
    steps: result.steps.map(({ name, kind, outcome, text, after }) => ({
      name,
      kind,
      outcome,
      text,
      after: after === null || typeof after === 'string' ? after : decodeAs(after, charset),
    })),
  }
}
