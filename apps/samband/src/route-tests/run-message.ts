import { type Raw, type RouteDefinition, type SimulatedRun, simulate } from '@samband/route'
import type { FixtureOutput, Outcome } from './fixture.ts'

export type MessageRun = {
  readonly definition: RouteDefinition
  readonly input: Raw
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly now: Date
}

/** Long enough for any group that waits for others: it goes on alone, so that what it makes is seen, too. */
const untilGroupsEnd = '3650d'

/** One message through a route, in a simulation of its own: nothing that came before is known. */
export async function runMessage({ definition, input, capabilities, now }: MessageRun): Promise<Outcome> {
  const simulation = simulate(definition, { capabilities, now })
  const run = await simulation.send(input)
  const waits = run.joined.length > 0
  const later = waits ? await simulation.advance(untilGroupsEnd) : undefined
  const failure = run.failure ?? later?.failure
  return {
    key: run.key ?? null,
    dropped: [...run.dropped, ...(later?.dropped ?? [])],
    joined: run.joined.map(({ step, key }) => ({ step, key })),
    failure:
      failure === undefined ? null : { step: failure.step, code: failure.error.code, category: failure.error.category },
    outputs: [...outputsOf(run), ...(later === undefined ? [] : outputsOf(later, run))],
  }
}

function outputsOf({ delivered }: SimulatedRun, before?: SimulatedRun): FixtureOutput[] {
  return Object.entries(delivered).flatMap(([destination, list]) => {
    const first = (before?.delivered[destination]?.length ?? 0) + 1
    return list.map(({ bytes, attributes }, at) => ({ destination, number: first + at, bytes, attributes }))
  })
}
