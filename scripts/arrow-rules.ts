/**
 * Which package may import which, as docs/concepts/floors.md tells it to people. A new capability gets its line here
 * when its folder is made; a package without a line fails the check.
 */

export type Floor = 'standards' | 'platform' | 'apps' | 'examples' | 'bench' | 'docs' | 'scripts'

/** What a file on a floor may import from other floors. Sideways arrows are decided by the tables below. */
export const floorMayImport: Readonly<Record<Floor, readonly Floor[]>> = {
  standards: [],
  platform: ['standards'],
  apps: ['platform', 'standards'],
  examples: ['platform', 'standards'],
  bench: ['apps', 'platform', 'standards', 'examples'],
  docs: ['apps', 'platform', 'standards'],
  scripts: ['apps', 'platform', 'standards', 'examples', 'bench'],
}

/** A standard imports no other standard, except what translates between them. */
export const standardMayImport: Readonly<Record<string, readonly string[] | 'every standard'>> = {
  mapping: 'every standard',
}

/** Apps do not know each other, except the server, which builds and serves the console. */
export const appMayImport: Readonly<Record<string, readonly string[]>> = {
  samband: ['console', 'portal'],
}

export interface PlatformRule {
  /** Names of platform packages. */
  readonly platform: readonly string[]
  /** Whether it may import standards/*. */
  readonly standards: boolean
}

/** Everything that only keeps records and answers questions about them; these may also use each other, without cycles. */
const recordKeepers: readonly string[] = ['hub', 'identity', 'terminology', 'access', 'audit']

const recordKeeper: PlatformRule = { platform: ['errors', 'store', ...recordKeepers], standards: true }

export const platformMayImport: Readonly<Record<string, PlatformRule>> = {
  errors: { platform: [], standards: false },
  testing: { platform: ['errors'], standards: false },
  store: { platform: ['errors'], standards: false },
  route: { platform: ['errors'], standards: true },
  engine: { platform: ['errors', 'store', 'route'], standards: true },
  connectors: { platform: ['errors', 'route', 'engine'], standards: true },
  operations: { platform: ['errors', 'store', 'route', 'engine', ...recordKeepers], standards: true },
  hub: recordKeeper,
  identity: recordKeeper,
  terminology: recordKeeper,
  access: recordKeeper,
  audit: recordKeeper,
}

/** Helps tests only, on every floor; the one package that standards' tests may import from the platform. */
export const testingPackage = '@samband/testing'

/** A file that is not part of what the package ships. */
export function isTestFile(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(^|\/)test\//.test(path)
}

/**
 * A file that configures a tool, or generates code of a standard: it runs in development only, and so may import what only
 * development needs.
 */
export function isDevelopmentFile(path: string): boolean {
  return /\.config\.[cm]?[jt]s$/.test(path) || path.includes('/.vitepress/') || isStandardsTool(path)
}

/** What lies beside a standard's src/: generators. What is shipped may not import it. */
export function isStandardsTool(path: string): boolean {
  return /^standards\/[^/]+\/(?!src\/)/.test(path)
}
