import { type Command, withExamples } from '../command-kit.ts'
import { completionScript, shells } from '../completion-script.ts'
import { usageError } from '../exit-codes.ts'
import { terminalOutput } from '../output.ts'

export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .summary('completion for bash, zsh or fish')
    .description('Writes a completion script for a shell to standard output.')
    .argument('<shell>', shells.join(', '))
    .action(async (shell: string) => {
      const known = shells.find(name => name === shell)
      if (known === undefined) throw usageError(`completion is there for ${shells.join(', ')}, not for ${shell}`)
      await terminalOutput({ json: false }).write(completionScript(known, program))
    })
  withExamples(command, [
    { line: 'source <(samband completion bash)', text: 'bash, in ~/.bashrc' },
    { line: 'source <(samband completion zsh)', text: 'zsh, in ~/.zshrc' },
    { line: 'samband completion fish > ~/.config/fish/completions/samband.fish', text: 'fish' },
  ])
}
