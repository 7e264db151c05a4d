import { type Command, withExamples, withJson } from '../command-kit.ts'
import { configPlace, type PlaceOptions, withPlace } from '../config-place.ts'

export type ConfigOptions = { readonly json?: boolean }
export type CheckOptions = ConfigOptions & PlaceOptions & { readonly askVaults?: boolean }
export type ShowOptions = ConfigOptions & PlaceOptions & { readonly resolved?: boolean }

export function addConfig(program: Command): void {
  const config = program.command('config').summary('check and show the configuration')
  addCheck(config)
  addShow(config)
  addVariables(config)
}

function addCheck(config: Command): void {
  const check = withJson(
    withPlace(
      config
        .command('check')
        .summary('every problem at once, without starting anything')
        .description(
          'Loads the configuration and the routes and checks them: keys and values, every environment, endpoints that routes name, settings that connectors take, secrets, certificates, ports that collide, folders that are missing. Starts nothing, and connects to nothing but vaults with --ask-vaults.',
        ),
    ),
  )
    .option('--ask-vaults', 'look for the secrets that vaults keep, too')
    .action(async (options: CheckOptions) => {
      const { runCheck } = await import('../run-config.ts')
      process.exitCode = await runCheck(configPlace(options), options)
    })
  withExamples(check, [
    { line: 'samband config check --config samband.config.ts --environment prod', text: 'Before a deployment' },
    { line: 'samband config check --json', text: 'One problem a row, for CI' },
    { line: 'samband config check --ask-vaults', text: 'Where the vault can be reached' },
  ])
}

function addShow(config: Command): void {
  const show = withJson(
    withPlace(
      config
        .command('show')
        .summary('what is written, or what holds')
        .description(
          'Shows the settings that the file writes, or with --resolved every setting that holds and where it comes from: the file, an environment of it, a SAMBAND_ variable, the default. Secrets are not shown, only their places.',
        ),
    ),
  )
    .option('--resolved', 'what holds after environment, variables and defaults')
    .action(async (options: ShowOptions) => {
      const { runShow } = await import('../run-config.ts')
      process.exitCode = await runShow(configPlace(options), options)
    })
  withExamples(show, [
    { line: 'samband config show --example hospital', text: 'What the example writes' },
    { line: 'samband config show --resolved --environment prod', text: 'What would hold in production' },
    { line: 'samband config show --resolved --json', text: 'A setting a row, to compare two deployments' },
  ])
}

function addVariables(config: Command): void {
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
