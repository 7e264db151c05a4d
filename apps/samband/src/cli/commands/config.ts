import { type Command, Option, withExamples, withJson } from '../command-kit.ts'
import { configPlace } from './start.ts'

export type ConfigOptions = {
  readonly config?: string
  readonly example?: string
  readonly data?: string
  readonly json?: boolean
}

export function addConfig(program: Command): void {
  const config = program.command('config').summary('check and show the configuration')
  const place = (command: Command): Command =>
    withJson(command)
      .addOption(new Option('--config <file>', 'the configuration').env('SAMBAND_CONFIG'))
      .addOption(new Option('--example <name>', "an example's instead").conflicts('config'))
  const check = place(
    config
      .command('check')
      .summary('every problem at once, without starting anything')
      .description(
        'Loads the configuration and the routes and checks them against each other: keys, values, environment, endpoints that routes name, settings that connectors take. Starts nothing, connects to nothing.',
      ),
  ).action(async (options: ConfigOptions) => {
    const { runCheck } = await import('../run-config.ts')
    process.exitCode = await runCheck(configPlace(options), options)
  })
  withExamples(check, [
    { line: 'samband config check --config samband.config.ts', text: 'Before a deployment' },
    { line: 'samband config check --json', text: 'One problem a row, for CI' },
  ])
  const show = place(
    config
      .command('show')
      .summary('what holds, after defaults and environment')
      .description('Shows every setting that holds and where it comes from. Secrets are not shown.'),
  ).action(async (options: ConfigOptions) => {
    const { runShow } = await import('../run-config.ts')
    process.exitCode = await runShow(configPlace(options), options)
  })
  withExamples(show, [{ line: 'samband config show --example hospital', text: 'Of the example' }])
  const variables = withJson(
    config
      .command('variables')
      .summary('the environment variables that are read')
      .description('Lists every environment variable, what it sets and what it means.'),
  ).action(async (options: ConfigOptions) => {
    const { runVariables } = await import('../run-config.ts')
    process.exitCode = await runVariables(options)
  })
  withExamples(variables, [{ line: 'samband config variables', text: 'As a table' }])
}
