import { CommanderError } from 'commander'
import { toSambandError } from '@samband/errors'
import { CliError, exitCodeOf, exitCodes } from './cli/exit-codes.ts'
import { createProgram } from './cli/program.ts'

/** Runs one command line and sets the exit code; never throws. Errors are one line on stderr, for people. */
export async function main(args: readonly string[]): Promise<void> {
  // `samband messages list | head` closes the pipe when it has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok)
    throw error
  })
  try {
    await createProgram().parseAsync([...args], { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      // Commander has said what is wrong; asked-for help is no error.
      process.exitCode = thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage
      return
    }
    report(thrown)
    process.exitCode = exitCodeOf(thrown)
  }
}

function report(thrown: unknown): void {
  const error = toSambandError(thrown)
  process.stderr.write(`samband: ${error.message}\n`)
  if (error instanceof CliError) for (const line of error.details) process.stderr.write(`  ${line}\n`)
  // A bug of ours: where it happened is needed to mend it.
  const cause = error.cause instanceof Error ? error.cause : error
  if (error.category === 'fault' || process.env['SAMBAND_DEBUG'] === '1') process.stderr.write(`${cause.stack ?? ''}\n`)
}

if (import.meta.main) await main(process.argv.slice(2))
