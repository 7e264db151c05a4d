import { type Command, positive, withExamples } from '../command-kit.ts'
import { type PlaceOptions, withPlace } from '../config-place.ts'
import { usageError } from '../exit-codes.ts'

export type StartOptions = PlaceOptions & {
  readonly data?: string
  readonly port?: number
  readonly processes?: number
  readonly console: boolean
  readonly speed?: number
  readonly faults?: string
  readonly watch?: boolean
  readonly deploy?: boolean
  readonly json?: boolean
}

export function addStart(program: Command): void {
  const command = withPlace(
    program
      .command('start')
      .summary('start the server')
      .description(
        'Starts the database (unless one is configured), the engine with its routes, the API and the console, and runs until it is stopped. Ctrl-C stops it in order: what came in is finished, the database goes last. A second Ctrl-C stops at once.',
      ),
  )
    .option('--data <folder>', 'where everything is kept; wins over the configuration')
    .option('--port <number>', 'port of console and API; wins over the configuration', portNumber)
    .option('--processes <n>', 'engine processes that share the work; wins over the configuration', positive)
    .option('--no-console', 'serve the API only')
    .option('--watch', 'apply changes of the routes at once: for development')
    .option('--deploy', 'apply the routes folders as they are now, in an environment that keeps its last deployment')
    .option('--speed <n>', 'messages per minute that an example makes', positive)
    .option('--faults <list>', 'what goes wrong in an example: receiver-down,nack ... or all')
    .option('--json', 'the addresses as one JSON object on standard output, once it runs')
    .action(async (options: StartOptions) => {
      const { runStart } = await import('../run-start.ts')
      await runStart(options)
    })
  withExamples(command, [
    { line: 'samband start --example hospital', text: 'A small hospital that talks, to look around in' },
    {
      line: 'samband start --example hospital --speed 600 --faults receiver-down',
      text: 'Busy, with receivers that go down',
    },
    { line: 'samband start --watch', text: 'While you write routes: what you save is what runs' },
    { line: 'samband start --config /etc/samband/samband.config.ts', text: 'Your own configuration' },
    { line: 'samband start --processes 4', text: 'Four engine processes share the work and the ports' },
    {
      line: 'SAMBAND_DATABASE_URL=postgres://samband:secret@db/samband samband start',
      text: 'On your own PostgreSQL, with ./samband.config.ts',
    },
  ])
}

function portNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw usageError(`--port is ${text}: it must be 0 to 65535`)
  return number
}
