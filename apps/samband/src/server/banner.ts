import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { RunningServer } from './start-server.ts'

export type BannerFacts = {
  readonly server: Pick<
    RunningServer,
    'url' | 'fhirUrl' | 'firstLogin' | 'database' | 'data' | 'routes' | 'sources' | 'processes' | 'companions'
  >
  readonly name: string
  readonly version: string
  readonly seconds: number
  readonly colours: boolean
}

/** What a person needs to know once it runs: where to look, how to enter, where the data is, how to stop. */
export function banner({ server, name, version, seconds, colours }: BannerFacts): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(format, text) : text
  const line = (label: string, text: string): string => `  ${style('dim', label.padEnd(10))} ${text}`
  const { fhirUrl, firstLogin, database, data, routes, sources, processes, companions } = server
  const where = relative('.', data)
  return [
    '',
    `  ${style(['bold', 'cyan'], 'Samband')} ${style('dim', version)}   ${name}`,
    '',
    line('Console', style(['bold', 'underline'], server.url)),
    ...(firstLogin === undefined
      ? [line('Login', `admin ${style('dim', '(a new password: samband admin reset-password)')}`)]
      : [
          line('Login', `${style('bold', firstLogin.user)}  ${style('bold', firstLogin.password)}`),
          line('', style('yellow', 'This password is shown only now. Keep it.')),
        ]),
    ...(fhirUrl === null ? [] : fhirLines(fhirUrl, line)),
    ...listenerLines(sources, line),
    line('Routes', `${routes} running${processes.length > 1 ? `, shared by ${processes.length} processes` : ''}`),
    ...companions.map((text, at) => line(at === 0 ? 'Example' : '', text)),
    line('Data', where === '' || where.startsWith('..') ? data : where),
    line('Database', databaseText(database)),
    '',
    `  ${style('dim', `Ready in ${seconds.toFixed(1)} s. Ctrl-C stops it; what is under way is finished first.`)}`,
    '',
  ].join('\n')
}

/** Both lines may be typed as they stand: the token is made, and used, on this machine. */
function fhirLines(fhirUrl: string, line: (label: string, text: string) => string): string[] {
  return [
    line('FHIR', fhirUrl),
    line('', 'TOKEN=$(samband token create --name me --role fhir-reader)'),
    line('', `curl -H "Authorization: Bearer $TOKEN" "${fhirUrl}/Patient?_count=1"`),
  ]
}

const listenersShown = 8

function listenerLines(
  sources: BannerFacts['server']['sources'],
  line: (label: string, text: string) => string,
): string[] {
  const listeners = sources.filter(({ address }) => address.includes('://'))
  const width = Math.max(0, ...listeners.map(({ address }) => address.length))
  const shown = listeners
    .slice(0, listenersShown)
    .map(({ address, system, route }, at) =>
      line(at === 0 ? 'Listening' : '', `${address.padEnd(width)}  ${system === null ? '' : `${system} → `}${route}`),
    )
  const rest = listeners.length - shown.length
  return rest > 0 ? [...shown, line('', `and ${rest} more: samband routes list`)] : shown
}

function databaseText({ kind, version, address }: RunningServer['database']): string {
  return kind === 'embedded' ? `embedded PostgreSQL ${version}` : `PostgreSQL ${version} at ${address}`
}
