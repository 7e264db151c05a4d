import { systemLabels } from './endpoints.ts'
import type { HospitalState } from './hospital.ts'
import { systemNames } from './systems/system.ts'

/** What the process says of the hospital. */
export type Line =
  | { readonly kind: 'event'; readonly event: string; readonly facts: Readonly<Record<string, string | number>> }
  | { readonly kind: 'ready'; readonly text: string; readonly addresses: unknown }
  | { readonly kind: 'status'; readonly state: HospitalState }
  | { readonly kind: 'error'; readonly text: string }

/** The same for people: one line. */
export function readable(line: Line): string {
  switch (line.kind) {
    case 'event':
      return [line.event, ...Object.entries(line.facts).map(([name, value]) => `${name}=${value}`)].join(' ')
    case 'ready':
      return `ready: ${line.text}`
    case 'error':
      return line.text
    case 'status':
      return statusText(line.state)
  }
}

function statusText({ beat, running, systems }: HospitalState): string {
  const { counts } = systems.ehr
  const told = `${beat} messages${running ? '' : ' (paused)'}`
  const ehr = `${counts['bedsOccupied']} beds, ${counts['ordersOpen']} open orders, inbox ${counts['inbox']}`
  const each = systemNames.map(name => {
    const { status, sent, received } = systems[name]
    const waiting = sent.waiting === 0 ? '' : ` (${sent.waiting} to send)`
    return `${systemLabels[name]} ${status === 'up' ? `got ${received.messages}` : 'DOWN'}${waiting}`
  })
  return [told, ehr, ...each].join(' | ')
}
