import { AssertionError } from 'node:assert'

/** What is needed of node:test's TestContext. */
export interface SkippableTest {
  skip(message?: string): void
}

/** Set by `.ci/run`: there every service is present, so that an absent one is a failure and not a skip. */
export function servicesAreRequired(environment: Readonly<NodeJS.ProcessEnv> = process.env): boolean {
  return environment['SAMBAND_TEST_SERVICES'] === 'required'
}

/**
 * Says whether a test can use a service that is not part of the clone: a browser, a real PostgreSQL, shared data. When
 * it is absent, the test is marked as skipped with the reason, or fails where `SAMBAND_TEST_SERVICES=required`.
 *
 * `hint` tells how to get the service, in the imperative: "install chromium".
 *
 *     if (!requireService(t, 'chromium', path !== undefined, 'install chromium')) return
 */
export function requireService(t: SkippableTest, service: string, available: boolean, hint: string): boolean {
  if (available) return true
  const reason = `${service} is absent: ${hint}`
  if (servicesAreRequired()) throw new AssertionError({ message: `${reason} (SAMBAND_TEST_SERVICES=required)` })
  t.skip(reason)
  return false
}
