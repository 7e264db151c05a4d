import type { LoadedRoute } from '@samband/engine'
import { toSambandError } from '@samband/errors'
import { answeringCapabilities } from './capability-answers.ts'
import { compareOutcomes, type Difference } from './compare-outcomes.ts'
import { type FixturePlace, readFixture, writeFixture } from './fixture.ts'
import { runMessage } from './run-message.ts'

export type RegressionResult = FixturePlace & {
  readonly ok: boolean
  readonly ms: number
  readonly differences: readonly Difference[]
  /** Why it could not be run at all. */
  readonly error: string | undefined
  /** What it makes now is what is expected from now on. */
  readonly updated: boolean
}

export type RegressionOptions = {
  readonly places: readonly FixturePlace[]
  readonly routes: readonly LoadedRoute[]
  /** The deployment's capabilities, as far as they are known without making them. */
  readonly known: Readonly<Record<string, unknown>>
  /** Writes what comes out as what is expected. */
  readonly update: boolean
  /** Asked for what was not recorded. */
  readonly live: Readonly<Record<string, unknown>> | undefined
  readonly onResult: (result: RegressionResult) => Promise<void>
}

/** Runs recorded messages through the routes as they are now. */
export async function runRegressions(options: RegressionOptions): Promise<readonly RegressionResult[]> {
  const results: RegressionResult[] = []
  for (const place of options.places) {
    const begun = performance.now()
    const run = await runOne(place, options)
    const result = { ...place, ...run, ms: performance.now() - begun }
    await options.onResult(result)
    results.push(result)
  }
  return results
}

async function runOne(
  place: FixturePlace,
  { routes, known, update, live }: RegressionOptions,
): Promise<Pick<RegressionResult, 'ok' | 'differences' | 'error' | 'updated'>> {
  const route = routes.find(({ definition }) => definition.name === place.route)
  if (route === undefined) return broken(`no route is named '${place.route}': move its fixtures, or remove them`)
  try {
    const fixture = await readFixture(place)
    const answering = answeringCapabilities({ recorded: fixture.facts.answers, known, live })
    const outcome = await runMessage({
      definition: route.definition,
      input: fixture.input,
      capabilities: answering.capabilities,
      now: new Date(fixture.facts.now),
    })
    const calls = answering.changes().map((text): Difference => ({ kind: 'call', output: null, lines: [text] }))
    const differences = [...(await compareOutcomes(fixture.expected, outcome)), ...calls]
    // What failed for want of an answer is no expectation.
    const complete = outcome.failure?.code !== 'answer-not-recorded'
    const updated = update && differences.length > 0 && complete
    if (updated) {
      await writeFixture({ ...fixture, expected: outcome, facts: { ...fixture.facts, answers: answering.asked() } })
    }
    return { ok: differences.length === 0 || updated, differences, error: undefined, updated }
  } catch (thrown) {
    return broken(toSambandError(thrown).message)
  }
}

function broken(error: string): Pick<RegressionResult, 'ok' | 'differences' | 'error' | 'updated'> {
  return { ok: false, differences: [], error, updated: false }
}
