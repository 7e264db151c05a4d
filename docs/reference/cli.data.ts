import { createProgram, type Example, examplesFor, exitCodeMeanings } from 'samband'

type Command = ReturnType<typeof createProgram>

export interface CommandFacts {
  /** 'messages search' */
  readonly name: string
  /** 'samband messages search [options] <file>' */
  readonly usage: string
  readonly description: string
  readonly options: ReadonlyArray<{ readonly flags: string; readonly text: string }>
  readonly examples: readonly Example[]
}

export interface CliFacts {
  readonly commands: readonly CommandFacts[]
  readonly exitCodes: ReadonlyArray<{ readonly code: number; readonly meaning: string }>
}

declare const data: CliFacts
export { data }

function leaves(command: Command, path: readonly string[]): CommandFacts[] {
  return command.commands.flatMap(child => {
    if (child.name() === 'help') return []
    const words = [...path, child.name()]
    return child.commands.length > 0 ? leaves(child, words) : [facts(child, words)]
  })
}

function facts(command: Command, words: readonly string[]): CommandFacts {
  const help = command.createHelp()
  return {
    name: words.join(' '),
    usage: help.commandUsage(command),
    description: command.description(),
    options: help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map(option => ({ flags: option.flags, text: help.optionDescription(option) })),
    examples: examplesFor(command),
  }
}

/** Loaded by VitePress when it builds docs/reference/cli.md: the commands as their own help tells them. */
export default {
  load: (): CliFacts => ({
    commands: leaves(createProgram(), []),
    exitCodes: Object.entries(exitCodeMeanings).map(([code, meaning]) => ({ code: Number(code), meaning })),
  }),
}
