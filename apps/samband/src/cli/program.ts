import { Command } from 'commander'
import { sambandVersion } from '../version.ts'
import { addStart } from './commands/start.ts'

/** All commands. Each loads what it needs when it runs, so that help and completion are instant. */
export function createProgram(): Command {
  const program = new Command('samband')
    .description('Samband connects the systems of a hospital.')
    .version(sambandVersion(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'samband: ')) })
    .configureHelp({ sortOptions: false, sortSubcommands: false, helpWidth: 100 })
  addStart(program)
  return program
}
