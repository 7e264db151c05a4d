import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from './command-kit.ts'
import { configurationError, usageError } from './exit-codes.ts'

/** Options of every command that reads a configuration. */
export type PlaceOptions = {
  readonly config?: string
  readonly example?: string
  readonly environment?: string
}

export function withPlace(command: Command): Command {
  return command
    .addOption(new Option('--config <file>', 'the configuration').env('SAMBAND_CONFIG'))
    .addOption(new Option('--example <name>', 'an example instead: hospital, store-and-forward').conflicts('config'))
    .option(
      '--environment <name>',
      "which of the configuration's environments: dev, test, prod ... (SAMBAND_ENVIRONMENT)",
    )
}

/** The variables that hold for a command: its option wins. */
export function environmentOf({ environment }: PlaceOptions): Readonly<Record<string, string | undefined>> {
  return environment === undefined ? process.env : { ...process.env, SAMBAND_ENVIRONMENT: environment }
}

export type ConfigPlace = { readonly file: string; readonly dataDefault?: string }

/** The repository's root: where the examples are. */
const root = join(import.meta.dirname, '..', '..', '..', '..')

/** Which configuration is meant. An example keeps its data where one stands, not in the example's folder. */
export function configPlace(options: { readonly config?: string; readonly example?: string }): ConfigPlace {
  if (options.example === undefined) return { file: resolve(options.config ?? 'samband.config.ts') }
  if (!/^[a-z0-9-]+$/.test(options.example)) throw usageError(`--example is ${options.example}: it must be a name`)
  const file = join(root, 'examples', options.example, 'samband.config.ts')
  if (existsSync(file)) return { file, dataDefault: resolve('.samband') }
  throw configurationError(`there is no example ${options.example}: clone the repository, whose examples/ has them`)
}
