import { refuseParameter } from './operation-input.ts'

/** Where the next page of `$everything` begins: after this member of the compartment, or after this one outside it. */
export type EverythingCursor =
  | { readonly phase: 'members'; readonly type: string; readonly rid: number }
  | { readonly phase: 'outside'; readonly type: string; readonly id: string }

const membersForm = /^m:([A-Za-z]{0,64}):(\d{1,16})$/
const outsideForm = /^o:([A-Z][A-Za-z]+):([A-Za-z0-9\-.]{0,64})$/

/** Says only what the client has seen already; what it may see is looked at again on each page. */
export function formatCursor(cursor: EverythingCursor): string {
  const text = cursor.phase === 'members' ? `m:${cursor.type}:${cursor.rid}` : `o:${cursor.type}:${cursor.id}`
  return Buffer.from(text).toString('base64url')
}

/** @throws HubError 400 */
export function parseCursor(text: string): EverythingCursor {
  const written = Buffer.from(text, 'base64url').toString('utf8')
  const [, type, rid] = membersForm.exec(written) ?? []
  if (type !== undefined) return { phase: 'members', type, rid: Number(rid) }
  const [, outsideType, id] = outsideForm.exec(written) ?? []
  if (outsideType !== undefined && id !== undefined) return { phase: 'outside', type: outsideType, id }
  refuseParameter('_cursor', 'it is what a link to the next page has')
}
