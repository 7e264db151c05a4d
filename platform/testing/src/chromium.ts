import { existsSync } from 'node:fs'
import { requireService, type SkippableTest } from './require-service.ts'

const places: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** The browser that the tests drive: `SAMBAND_TEST_CHROMIUM`, or where Debian, Ubuntu and macOS install it. */
export function chromiumPath(environment: Readonly<NodeJS.ProcessEnv> = process.env): string | undefined {
  const chosen = environment['SAMBAND_TEST_CHROMIUM']
  return (chosen === undefined || chosen === '' ? places : [chosen]).find(path => existsSync(path))
}

/** The browser's path; undefined, and the test skipped, where there is none. */
export function requireChromium(t: SkippableTest): string | undefined {
  const path = chromiumPath()
  const hint = 'install chromium, or set SAMBAND_TEST_CHROMIUM to its path'
  return requireService(t, 'chromium', path !== undefined, hint) ? path : undefined
}
