import { messageBodyMissing } from './engine-errors.ts'
import type { EventView, JournalReader } from './journal-reader.ts'
import { MessageState } from './message-state.ts'
import type { RouteRuntime } from './route-runtime.ts'

/** Finds the destination that an event names: one of the route, or 'route/destination' after a redirect. */
export type DestinationFinder = (
  route: RouteRuntime,
  name: string,
) => { readonly runtime: RouteRuntime; readonly name: string } | undefined

/**
 * Puts a message back to work from what the journal says of it: deliveries whose output is stored go straight into their
 * queue; for the rest the steps run again (with the recorded answers of capabilities) and only what is still owed goes
 * out. Answers false when nothing is owed.
 */
export async function resumeMessage(
  runtime: RouteRuntime,
  reader: JournalReader,
  find: DestinationFinder,
  message: { readonly id: number; readonly verb: number | null },
  events: readonly EventView[],
): Promise<boolean> {
  const state = MessageState.of(events)
  if (state.settled) return false
  const resumed = new Set<string>()
  for (const { name, part, status } of state.destinations) {
    if (status !== 'waiting' && status !== 'held') continue
    const last = events.findLast(event => event.destination === name && event.part === part && event.hasOutput)
    const target = find(runtime, name)
    if (last === undefined || target === undefined) continue
    const key = events.findLast(event => event.key !== null)?.key ?? (await keyOf(runtime, reader, message.id))
    target.runtime.resumeDelivery(target.name, { messageId: message.id, part, as: name, owed: last.owed, key })
    resumed.add(`${name}#${part}`)
  }
  const owed = Math.max(
    -1,
    ...events.filter(({ destination, kind }) => destination !== null || kind === 'aggregated').map(event => event.owed),
  )
  const accounted = state.destinations.filter(({ name, part, status }) => {
    return resumed.has(`${name}#${part}`) || status === 'delivered' || status === 'dead' || status === 'discarded'
  })
  if (owed !== -1 && accounted.length + state.joined.length >= owed && resumed.size > 0) return true
  const body = await reader.body(message.id)
  if (body === undefined) throw messageBodyMissing(message.id)
  const done = new Set(accounted.map(({ name, part }) => `${name}#${part}`))
  await runtime.resume(message.id, body, {
    made: message.verb !== null,
    recorded: await reader.calls(message.id),
    joined: state.joined,
    only: (destination, part) => !done.has(`${destination}#${part}`),
  })
  return true
}

async function keyOf(runtime: RouteRuntime, reader: JournalReader, messageId: number): Promise<number> {
  const body = await reader.body(messageId)
  return body === undefined ? messageId : await runtime.keyOf(messageId, body)
}
