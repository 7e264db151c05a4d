/** One finding about data that came in. All findings are reported, not only the first. */
export type Issue = {
  /** Stable, kebab-case. */
  readonly code: string
  /** Where, in the standard's own path syntax ('PID-3.1', 'Bundle.entry[2]'); absent when it concerns the whole. */
  readonly path?: string
  readonly severity: 'error' | 'warning' | 'information'
  readonly text: string
}
