/** One thing that a check of a configuration found. A problem keeps it from running as meant; a note is worth a look. */
export type Finding = {
  readonly kind: 'problem' | 'note'
  /** Stable, kebab-case. */
  readonly code: string
  /** 'endpoints.lis-in.port' */
  readonly path?: string
  readonly text: string
}

export function formatFinding({ path, text }: Finding): string {
  return path === undefined || text.startsWith('unknown key') ? text : `${path}: ${text}`
}
