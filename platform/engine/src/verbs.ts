import type { SambandError } from '@samband/errors'
import type { EngineContext } from './engine-context.ts'
import { conflict, incorrect, messageBodyMissing, messageUnknown, routeNotRunning } from './engine-errors.ts'
import type { Actor } from './engine-types.ts'
import type { EventRow } from './event-log.ts'
import type { EventView, MessageRow } from './journal-reader.ts'
import { MessageState } from './message-state.ts'
import { type DestinationFinder, resumeMessage } from './resume.ts'
import type { RouteRuntime } from './route-runtime.ts'
import { packBody } from './stored-body.ts'
import type { DestinationSummary, Verb, VerbRequest, VerbResult } from './views.ts'

export type VerbPorts = {
  readonly context: EngineContext
  readonly route: (name: string) => RouteRuntime | undefined
  readonly find: DestinationFinder
}

type Case = {
  readonly ports: VerbPorts
  readonly row: MessageRow
  readonly runtime: RouteRuntime
  readonly events: readonly EventView[]
  readonly state: MessageState
  readonly request: VerbRequest
  readonly actor: Actor
}

/**
 * What an operator can do with a message that has run. Each act is written down with who and why before it takes effect,
 * so that a crash in between repeats it instead of forgetting it.
 *
 * reinject: a new message with the same bytes, from the start. reprocess: the same message, only what failed.
 * resend: the same output once more. redirect: the same output to another destination. edit: a new message with other
 * bytes. discard: gives up what is dead, held or waiting.
 */
export async function act(
  ports: VerbPorts,
  verb: Verb | 'discard',
  messageId: number,
  request: VerbRequest,
  actor: Actor,
): Promise<VerbResult> {
  if (request.reason.trim() === '') throw incorrect('reason-missing', 'say why: a reason is kept with every act')
  const row = await ports.context.reader.message(messageId)
  if (row === undefined) throw messageUnknown(messageId)
  const runtime = ports.route(row.route)
  if (runtime === undefined) throw routeNotRunning(row.route)
  if (request.revision === 'original' && row.revision !== runtime.host.revision) throw revisionNotRunning(row)
  const events = await ports.context.reader.eventsOf(messageId)
  const subject: Case = { ports, row, runtime, events, state: MessageState.of(events), request, actor }
  const newMessageId = await acts[verb](subject)
  return { messageId, newMessageId }
}

const acts: Readonly<Record<Verb | 'discard', (subject: Case) => Promise<number | null>>> = {
  reinject: subject => again(subject, 'reinjected'),
  edit: subject => again(subject, 'edited'),
  reprocess,
  resend,
  redirect,
  discard,
}

async function again(subject: Case, kind: 'reinjected' | 'edited'): Promise<number> {
  const { ports, row, runtime, request } = subject
  const body = await ports.context.reader.body(row.id)
  if (body === undefined) throw messageBodyMissing(row.id)
  const edited = kind === 'edited'
  if (edited && request.bodyBase64 === undefined) throw incorrect('body-missing', 'edit needs the new body')
  const bytes = edited ? Buffer.from(request.bodyBase64 ?? '', 'base64') : body.bytes
  const incoming = { bytes, attributes: body.attributes, peer: `operator ${subject.actor.name}` }
  const { messageId } = await runtime.submit(incoming, { by: edited ? 'edit' : 'reinject', origin: row.id })
  await record(subject, { kind, ref: messageId })
  return messageId
}

async function reprocess(subject: Case): Promise<null> {
  const { ports, row, runtime, events, state, request } = subject
  if (state.status === 'dead' && state.destinations.length === 0) {
    await record(subject, { kind: 'reprocess' })
    const after = await ports.context.reader.eventsOf(row.id)
    await resumeMessage(runtime, ports.context.reader, ports.find, row, after)
    return null
  }
  const failed = state.destinations.filter(({ status }) => status === 'dead')
  const held = state.destinations.filter(({ status }) => status === 'held')
  const chosen = (list: readonly DestinationSummary[]): readonly DestinationSummary[] => list.filter(matching(request))
  if (chosen(failed).length + chosen(held).length === 0) {
    throw conflict('nothing-to-reprocess', `nothing of message ${row.id} has failed`)
  }
  for (const { name, part } of chosen(held)) {
    await record(subject, { kind: 'reprocess', destination: name, part })
    const target = ports.find(runtime, name)
    const queue = target?.runtime.destinations.get(target.name)?.queue
    const found = queue?.find(row.id, part, name)
    if (found !== undefined) queue?.release(found.delivery)
  }
  for (const { name, part } of chosen(failed)) await reopen(subject, events, name, part, 'reprocess')
  return null
}

async function resend(subject: Case): Promise<null> {
  const { row, state, request, events } = subject
  const chosen = state.destinations
    .filter(matching(request))
    .filter(({ status }) => status !== 'waiting' && status !== 'held')
  if (chosen.length === 0)
    throw conflict('nothing-to-resend', `message ${row.id} has no finished delivery to send again`)
  for (const { name, part } of chosen) await reopen(subject, events, name, part, 'resent')
  return null
}

/** Opens a finished delivery again, with the output that it had. */
async function reopen(
  subject: Case,
  events: readonly EventView[],
  name: string,
  part: number,
  kind: 'reprocess' | 'resent',
): Promise<void> {
  const { ports, row, runtime } = subject
  const target = ports.find(runtime, name)
  if (target === undefined)
    throw conflict('destination-unknown', `destination "${name}" is not there any more: redirect it`)
  const last = events.findLast(event => event.destination === name && event.part === part && event.owed > 0)
  const key = await keyOf(subject)
  await record(subject, { kind, destination: name, part, key })
  target.runtime.resumeDelivery(target.name, { messageId: row.id, part, as: name, owed: last?.owed ?? 0, key })
}

async function redirect(subject: Case): Promise<null> {
  const { ports, row, runtime, state, request } = subject
  const targetName = request.target
  if (targetName === undefined) throw incorrect('target-missing', "redirect needs a target, as 'route/destination'")
  const target = ports.find(runtime, targetName)
  if (target === undefined) throw incorrect('target-unknown', `there is no destination "${targetName}"`)
  const chosen = state.destinations.filter(matching(request))
  if (chosen.length === 0) throw conflict('nothing-to-redirect', `message ${row.id} has no such delivery`)
  const key = await keyOf(subject)
  for (const { name, part, status } of chosen) {
    const [output] = await ports.context.reader.outputs([{ messageId: row.id, destination: name, part }])
    if (output === undefined) throw conflict('output-missing', `the output for "${name}" is not stored`)
    await record(subject, { kind: 'redirected', destination: targetName, part, key, output: packBody(output) })
    if (status !== 'delivered') await giveUp(subject, name, part, `redirected to ${targetName}`)
    target.runtime.resumeDelivery(target.name, { messageId: row.id, part, as: targetName, owed: 0, key })
  }
  return null
}

async function discard(subject: Case): Promise<null> {
  const { row, state, request } = subject
  if (state.status === 'dead' && state.destinations.length === 0) {
    await record(subject, { kind: 'discarded' })
    return null
  }
  const open = state.destinations
    .filter(matching(request))
    .filter(({ status }) => status === 'dead' || status === 'held' || status === 'waiting')
  if (open.length === 0) throw conflict('nothing-to-discard', `nothing of message ${row.id} is dead, held or waiting`)
  for (const { name, part } of open) await giveUp(subject, name, part)
  return null
}

async function giveUp(subject: Case, name: string, part: number, detail?: string): Promise<void> {
  const { ports, row, runtime } = subject
  const target = ports.find(runtime, name)
  const destination = target?.runtime.destinations.get(target.name)
  const found = destination?.queue.find(row.id, part, name)
  if (found?.sending === true)
    throw conflict('delivery-under-way', `message ${row.id} is being sent to "${name}" right now`)
  await record(subject, { kind: 'discarded', destination: name, part, detail })
  if (found !== undefined) destination?.discard(found.delivery)
}

async function keyOf({ ports, row, runtime, events }: Case): Promise<number> {
  const known = events.findLast(({ key }) => key !== null)?.key
  if (known !== undefined && known !== null) return known
  const body = await ports.context.reader.body(row.id)
  if (body === undefined) throw messageBodyMissing(row.id)
  return await runtime.keyOf(row.id, body)
}

function matching(request: VerbRequest): (delivery: DestinationSummary) => boolean {
  return ({ name, part }) =>
    (request.destination === undefined || request.destination === name) &&
    (request.part === undefined || request.part === part)
}

function record(subject: Case, facts: Partial<EventRow> & Pick<EventRow, 'kind'>): Promise<void> {
  const { ports, row, runtime, request, actor } = subject
  const { ids, events } = ports.context
  return events.record({
    id: ids.next(),
    class: runtime.classId,
    messageId: row.id,
    part: 0,
    owed: 0,
    attempt: 0,
    actor: actor.name,
    reason: request.reason,
    ...facts,
  })
}

/** Rather than run it on another revision than was asked for. */
function revisionNotRunning({ id, revision }: MessageRow): SambandError {
  const text = `message ${id} came in on revision ${revision}, which does not run now: roll back to it, or ask for the current one`
  return conflict('revision-not-running', text)
}
