import { FhirPathError } from './issue.ts'
import { endOfClass, repetitionLength } from './pattern-cost.ts'

/** States of an automaton: `{1,64}` within `{1,64}` is 4,096. */
const STATES_MAX = 20_000

const REPEAT_MAX = 1000

type Instruction =
  | { readonly kind: 'character'; readonly matches: RegExp }
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'start' | 'end' | 'word' | 'not-word' }
  | { readonly kind: 'match' }

/** A pattern that is tested in time proportional to text × pattern, whatever both are. */
export interface LinearPattern {
  test(text: string): boolean
}

/** Part of a pattern: emits its instructions, so that a repetition can emit them several times. */
type Emit = () => void

/** Compiles a regular expression without look-around and back-references to an automaton (Thompson's construction). */
export function compileLinear(pattern: string, ignoreCase: boolean): LinearPattern {
  const program: Instruction[] = []
  const push = (instruction: Instruction): number => {
    if (program.length >= STATES_MAX) throw new FhirPathError('pattern-refused', 'A pattern repeats too much')
    return program.push(instruction) - 1
  }
  const emit = new PatternReader(pattern, ignoreCase, push, program).read()
  emit()
  push({ kind: 'match' })
  return { test: text => simulate(program, text) }
}

class PatternReader {
  readonly #pattern: string
  readonly #flags: string
  readonly #push: (instruction: Instruction) => number
  readonly #program: readonly Instruction[]
  #at = 0

  constructor(
    pattern: string,
    ignoreCase: boolean,
    push: (instruction: Instruction) => number,
    program: readonly Instruction[],
  ) {
    this.#pattern = pattern
    this.#flags = ignoreCase ? 'is' : 's'
    this.#push = push
    this.#program = program
  }

  read(): Emit {
    const emit = this.#alternatives()
    if (this.#at < this.#pattern.length) throw malformed()
    return emit
  }

  #alternatives(): Emit {
    const branches = [this.#sequence()]
    while (this.#pattern[this.#at] === '|') {
      this.#at++
      branches.push(this.#sequence())
    }
    return branches.reduceRight((rest, branch) => () => {
      const split = { kind: 'split' as const, first: 0, second: 0 }
      this.#push(split)
      split.first = this.#program.length
      branch()
      const jump = { kind: 'jump' as const, to: 0 }
      this.#push(jump)
      split.second = this.#program.length
      rest()
      jump.to = this.#program.length
    })
  }

  #sequence(): Emit {
    const parts: Emit[] = []
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? ''))
      parts.push(this.#repeated())
    return () => {
      for (const part of parts) part()
    }
  }

  #repeated(): Emit {
    const atom = this.#atom()
    const length = repetitionLength(this.#pattern, this.#at)
    if (length === 0) return atom
    const text = this.#pattern.slice(this.#at, this.#at + length)
    this.#at += length
    if (text.startsWith('*')) return this.#repeat(atom, 0, undefined)
    if (text.startsWith('+')) return this.#repeat(atom, 1, undefined)
    if (text.startsWith('?')) return this.#repeat(atom, 0, 1)
    const [, low = '0', comma, high] = /^\{(\d+)(,?)(\d*)\}/.exec(text) ?? []
    const minimum = Number(low)
    const maximum = comma === '' ? minimum : high === '' ? undefined : Number(high)
    if (minimum > REPEAT_MAX || (maximum ?? 0) > REPEAT_MAX)
      throw new FhirPathError('pattern-refused', `A pattern repeats something more than ${REPEAT_MAX} times`)
    return this.#repeat(atom, minimum, maximum)
  }

  #repeat(atom: Emit, minimum: number, maximum: number | undefined): Emit {
    return () => {
      for (let count = 0; count < minimum; count++) atom()
      if (maximum === undefined) {
        const split = { kind: 'split' as const, first: 0, second: 0 }
        const start = this.#push(split)
        split.first = this.#program.length
        atom()
        this.#push({ kind: 'jump', to: start })
        split.second = this.#program.length
        return
      }
      const splits: { kind: 'split'; first: number; second: number }[] = []
      for (let count = minimum; count < maximum; count++) {
        const split = { kind: 'split' as const, first: 0, second: 0 }
        splits.push(split)
        this.#push(split)
        split.first = this.#program.length
        atom()
      }
      for (const split of splits) split.second = this.#program.length
    }
  }

  #atom(): Emit {
    const character = this.#pattern[this.#at]
    if (character === undefined || repetitionLength(this.#pattern, this.#at) > 0) throw malformed()
    if (character === '(') return this.#group()
    if (character === '[') {
      const end = endOfClass(this.#pattern, this.#at)
      const text = this.#pattern.slice(this.#at, end + 1)
      this.#at = end + 1
      return this.#character(text)
    }
    if (character === '^' || character === '$') {
      this.#at++
      return () => void this.#push({ kind: character === '^' ? 'start' : 'end' })
    }
    if (character !== '\\') {
      const whole = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0)
      this.#at += whole.length
      return this.#character(whole === ']' || whole === '{' || whole === '}' ? `\\${whole}` : whole)
    }
    return this.#escape()
  }

  #escape(): Emit {
    const match = /\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|[\s\S])/y
    match.lastIndex = this.#at
    const text = match.exec(this.#pattern)?.[0]
    if (text === undefined || /^\\[1-9k]/.test(text)) throw malformed()
    this.#at += text.length
    if (text === '\\b' || text === '\\B') return () => void this.#push({ kind: text === '\\b' ? 'word' : 'not-word' })
    return this.#character(text)
  }

  #group(): Emit {
    const opening = /\((?:\?:|\?<[A-Za-z]\w*>)?/y
    opening.lastIndex = this.#at
    this.#at += opening.exec(this.#pattern)?.[0].length ?? 1
    if (this.#pattern[this.#at] === '?')
      throw new FhirPathError(
        'pattern-refused',
        'A pattern looks around within repetitions, which can take unbounded time',
      )
    const inner = this.#alternatives()
    if (this.#pattern[this.#at] !== ')') throw malformed()
    this.#at++
    return inner
  }

  /** One character of the text, as the JavaScript engine matches it: it is asked for a single one only. */
  #character(source: string): Emit {
    const flags =
      /[\\^]?\\[pP]\{/.test(source) || (source.codePointAt(0) ?? 0) > 0xffff ? `${this.#flags}u` : this.#flags
    const matches = new RegExp(`^${source}$`, flags)
    return () => void this.#push({ kind: 'character', matches })
  }
}

function malformed(): FhirPathError {
  return new FhirPathError('pattern-refused', 'A pattern is no regular expression that can be matched in bounded time')
}

/** Follows all states at once, so that no choice is ever taken back. */
function simulate(program: readonly Instruction[], text: string): boolean {
  const characters = [...text]
  let current: number[] = []
  let marks = new Int32Array(program.length).fill(-1)
  for (let position = 0; position <= characters.length; position++) {
    // A match may start anywhere.
    const states = follow(program, [...current, 0], characters, position, marks)
    if (states === undefined) return true
    const character = characters[position]
    current = []
    if (character === undefined) break
    for (const state of states) {
      const instruction = program[state]
      if (instruction?.kind === 'character' && instruction.matches.test(character)) current.push(state + 1)
    }
    marks = marks.fill(-1)
  }
  return false
}

/** The states that wait for a character, from these without reading any; `undefined` when one of them is the end. */
function follow(
  program: readonly Instruction[],
  from: readonly number[],
  characters: readonly string[],
  position: number,
  marks: Int32Array,
): readonly number[] | undefined {
  const waiting: number[] = []
  const stack = from.toReversed()
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    if (marks[state] === position) continue
    marks[state] = position
    const instruction = program[state]
    if (instruction === undefined) continue
    switch (instruction.kind) {
      case 'match':
        return undefined
      case 'character':
        waiting.push(state)
        break
      case 'jump':
        stack.push(instruction.to)
        break
      case 'split':
        stack.push(instruction.second, instruction.first)
        break
      default:
        if (holds(instruction.kind, characters, position)) stack.push(state + 1)
    }
  }
  return waiting
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character)
}

function holds(kind: 'start' | 'end' | 'word' | 'not-word', characters: readonly string[], position: number): boolean {
  switch (kind) {
    case 'start':
      return position === 0
    case 'end':
      return position === characters.length
    default:
      return (isWord(characters[position - 1]) !== isWord(characters[position])) === (kind === 'word')
  }
}
