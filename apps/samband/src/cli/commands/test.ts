import { type Command, withExamples, withJson } from '../command-kit.ts'
import { configPlace, type PlaceOptions, withPlace } from '../config-place.ts'

export type TestOptions = PlaceOptions & {
  readonly update?: boolean
  readonly askCapabilities?: boolean
  readonly junit?: string
  readonly json?: boolean
}

export function addTest(program: Command): void {
  const command = withJson(
    withPlace(
      program
        .command('test')
        .summary('route tests, and recorded messages through the routes as they are now')
        .description(
          'Runs the *.test.ts files beside the routes, and the recorded messages in routes/fixtures/<route>/<name>/ (samband record makes them): what comes out of each must be what is expected of it. Needs no server and no database. Differences are shown as HL7 paths, JSON paths, lines or bytes. Exit code 1 when something is not as expected.',
        )
        .argument('[route...]', 'only of these routes'),
    ),
  )
    .option('--update', 'write what comes out of recorded messages as what is expected from now on; review it in git')
    .option('--ask-capabilities', "with --update: ask the configuration's capabilities what was not recorded")
    .option('--junit <file>', 'also a report as CI servers read it')
    .action(async (routes: readonly string[], options: TestOptions) => {
      const { runTest } = await import('../run-test.ts')
      process.exitCode = await runTest(routes, configPlace(options), options)
    })
  withExamples(command, [
    { line: 'samband test', text: 'Everything, with ./samband.config.ts' },
    { line: 'samband test lab-results --example hospital', text: 'One route' },
    { line: 'samband test --update && git diff routes/fixtures', text: 'After a change that was meant' },
    { line: 'samband test --junit report.xml', text: 'In CI' },
  ])
}
