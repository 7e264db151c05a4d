import { Command } from 'commander'
import { sambandVersion } from '../version.ts'
import { addAdministration } from './commands/administration.ts'
import { addCompletion } from './commands/completion.ts'
import { addConfig } from './commands/config.ts'
import { addDeadLetters } from './commands/dead-letters.ts'
import { addDeployments } from './commands/deployments.ts'
import { addHl7 } from './commands/hl7.ts'
import { addJobs } from './commands/jobs.ts'
import { addMessages } from './commands/messages.ts'
import { addRecord } from './commands/record.ts'
import { addRefusals } from './commands/refusals.ts'
import { addReplay } from './commands/replay.ts'
import { addRoutes } from './commands/routes.ts'
import { addSend } from './commands/send.ts'
import { addStart } from './commands/start.ts'
import { addStatus } from './commands/status.ts'
import { addTest } from './commands/test.ts'
import { addUsers } from './commands/users.ts'
import { exitCodeMeanings } from './exit-codes.ts'

/** All commands. Each loads what it needs when it runs, so that help and completion are instant. */
export function createProgram(): Command {
  const program = new Command('samband')
    .description('Samband connects the systems of a hospital.')
    .version(sambandVersion(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'samband: ')) })
    .configureHelp({ sortOptions: false, sortSubcommands: false, helpWidth: helpWidth() })
    .helpCommand(false)
  addStart(program)
  addStatus(program)
  addSend(program)
  addMessages(program)
  addDeadLetters(program)
  addRefusals(program)
  addReplay(program)
  addJobs(program)
  addRoutes(program)
  addDeployments(program)
  addTest(program)
  addRecord(program)
  addConfig(program)
  addHl7(program)
  addUsers(program)
  addAdministration(program)
  addCompletion(program)
  addHelp(program)
  return program
}

const helpWidthMax = 110

function helpWidth(): number {
  return Math.min(process.stdout.columns ?? helpWidthMax, helpWidthMax)
}

export function exitCodesText(): string {
  return Object.entries(exitCodeMeanings)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join('\n')
}

function addHelp(program: Command): void {
  program
    .command('help')
    .summary('help for a command; "samband help exit-codes"')
    .argument('[command...]')
    .action((names: string[]) => {
      if (names[0] === 'exit-codes') {
        process.stdout.write(`${exitCodesText()}\n`)
        return
      }
      let at = program
      for (const name of names) {
        const next = at.commands.find(command => command.name() === name)
        if (next === undefined) program.error(`samband: there is no command ${names.join(' ')}`)
        at = next
      }
      at.outputHelp()
    })
  program.addHelpText('after', '\nEvery command takes --help, with examples. Exit codes: samband help exit-codes')
}
