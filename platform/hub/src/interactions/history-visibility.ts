import type { AccessKind, Caller } from '../access/caller.ts'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import type { HistoryRow } from './history-rows.ts'

export type HistorySight = {
  /** Nothing has to be looked at. */
  readonly everything: boolean
  row(row: HistoryRow): boolean
}

/** Which versions a caller is given: rows have to be selected with what they are judged by, unless all is seen. */
export function judgedVisible(
  context: HubContext,
  caller: Caller,
  kind: AccessKind,
  types: readonly string[],
): HistorySight {
  return {
    everything: types.every(type => caller.access(kind, type) === 'all'),
    row: ({ type, id, content, contentBefore, contentNow }) => {
      // A deletion is judged by what was deleted.
      if (!isVisible(context, caller, kind, { type, id, content: content ?? contentBefore })) return false
      return contentNow === undefined || isVisible(context, caller, kind, { type, id, content: contentNow })
    },
  }
}
