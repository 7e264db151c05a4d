export function ensureConsoleBuild(options?: {
  readonly force?: boolean
  readonly log?: (line: string) => void
}): Promise<string>
