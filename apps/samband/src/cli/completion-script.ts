import type { Command } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

type Place = {
  /** 'messages list'; empty for the program itself. */
  readonly path: string
  readonly words: readonly Word[]
}
type Word = { readonly word: string; readonly text: string; readonly values: readonly string[] }

/** From the same tree of commands that runs: nothing to keep in step. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program, '')
  if (shell === 'fish') return fish(places)
  return shell === 'bash' ? bash(places) : zsh(places)
}

function placesOf(command: Command, path: string): Place[] {
  const subcommands = command.commands.map(sub => ({ word: sub.name(), text: sub.summary(), values: [] }))
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ long, description, argChoices }) =>
      long == null ? [] : [{ word: long, text: description, values: argChoices ?? [] }],
    )
  const nested = command.commands.flatMap(sub => placesOf(sub, path === '' ? sub.name() : `${path} ${sub.name()}`))
  return [{ path, words: [...subcommands, ...options, { word: '--help', text: 'help', values: [] }] }, ...nested]
}

const findPlace = [
  '  local place="" word',
  '  for word in "${words[@]:1:$((current - 1))}"; do',
  '    case "$word" in -*) ;; *)',
  '      case "|$places|" in *"|${place:+$place }$word|"*) place="${place:+$place }$word" ;; esac ;;',
  '    esac',
  '  done',
]

function placeNames(places: readonly Place[]): string {
  return places
    .map(({ path }) => path)
    .filter(path => path !== '')
    .join('|')
}

function bash(places: readonly Place[]): string {
  return [
    '# bash completion for samband: source <(samband completion bash)',
    '_samband() {',
    `  local places=${single(placeNames(places))} words=("\${COMP_WORDS[@]}") current=$COMP_CWORD`,
    ...findPlace,
    '  local choices=""',
    '  case "$place ${words[current - 1]}" in',
    ...places.flatMap(({ path, words }) =>
      words
        .filter(({ values }) => values.length > 0)
        .map(({ word, values }) => `    ${single(`${path} ${word}`)}) choices=${single(values.join(' '))} ;;`),
    ),
    '  esac',
    '  if [ -z "$choices" ]; then case "$place" in',
    ...places.map(
      ({ path, words }) => `    ${single(path)}) choices=${single(words.map(({ word }) => word).join(' '))} ;;`,
    ),
    '  esac; fi',
    '  COMPREPLY=($(compgen -W "$choices" -- "${words[current]}"))',
    '}',
    'complete -o bashdefault -o default -F _samband samband',
    '',
  ].join('\n')
}

function zsh(places: readonly Place[]): string {
  const entries = (words: readonly Word[]): string =>
    words.map(({ word, text }) => single(`${word}:${text.replaceAll(':', ' ')}`)).join(' ')
  return [
    '#compdef samband',
    '# zsh completion for samband: source <(samband completion zsh)',
    '_samband() {',
    '  setopt local_options KSH_ARRAYS',
    `  local places=${single(placeNames(places))} current=$((CURRENT - 1))`,
    ...findPlace,
    '  local -a choices',
    '  case "$place ${words[current - 1]}" in',
    ...places.flatMap(({ path, words }) =>
      words
        .filter(({ values }) => values.length > 0)
        .map(({ word, values }) => `    ${single(`${path} ${word}`)}) choices=(${values.map(single).join(' ')}) ;;`),
    ),
    '  esac',
    '  if [ ${#choices[@]} -eq 0 ]; then case "$place" in',
    ...places.map(({ path, words }) => `    ${single(path)}) choices=(${entries(words)}) ;;`),
    '  esac; fi',
    '  unsetopt KSH_ARRAYS',
    "  _describe 'samband' choices || _files",
    '}',
    'compdef _samband samband',
    '',
  ].join('\n')
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) => words.map(word => fishLine(path, places, word)))
  return ['# fish completion for samband', ...lines, ''].join('\n')
}

function fishLine(path: string, places: readonly Place[], { word, text, values }: Word): string {
  const below = places.filter(place => place.path !== path && (path === '' || place.path.startsWith(`${path} `)))
  const nested = [
    ...new Set(below.map(place => place.path.slice(path === '' ? 0 : path.length + 1).split(' ')[0] ?? '')),
  ]
  const here = path === '' ? [] : path.split(' ').map(name => `__fish_seen_subcommand_from ${name}`)
  const notDeeper = nested.length === 0 ? [] : [`not __fish_seen_subcommand_from ${nested.join(' ')}`]
  const condition = [...here, ...notDeeper].join('; and ')
  const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
  const choices = values.length === 0 ? '' : ` -x -a ${single(values.join(' '))}`
  return `complete -c samband -n ${single(condition === '' ? 'true' : condition)} ${what}${choices} -d ${single(text)}`
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
