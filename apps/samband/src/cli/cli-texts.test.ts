import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { Command } from 'commander'
import { examplesFor, pointInTime } from './command-kit.ts'
import { completionScript, shells } from './completion-script.ts'
import { exitCodeMeanings, exitCodes } from './exit-codes.ts'
import { printable, table } from './output.ts'
import { createProgram, exitCodesText } from './program.ts'
import { asciiGraph, dotGraph, mermaidGraph } from './route-drawing.ts'

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

const commands = leaves(createProgram()).filter(command => command.name() !== 'help')

test('every command has examples, a summary and a description', () => {
  for (const command of commands) {
    assert.ok(examplesFor(command).length > 0, command.name())
    assert.ok(command.summary() !== '' && command.description() !== '', command.name())
  }
})

test('every command but completion takes --json', () => {
  const without = commands.filter(({ options }) => !options.some(({ long }) => long === '--json'))
  assert.deepEqual(
    without.map(command => command.name()),
    ['completion'],
  )
})

test('every example begins a command that exists', () => {
  for (const command of commands) {
    for (const { line } of examplesFor(command)) {
      const path: string[] = []
      for (let at: Command | null = command; at?.parent != null; at = at.parent) path.unshift(at.name())
      assert.ok(line.includes(`samband ${path.join(' ')}`), line)
    }
  }
})

test('every exit code is explained', () => {
  for (const code of Object.values(exitCodes)) assert.match(exitCodesText(), new RegExp(`^ +${code}  \\S`, 'm'))
  assert.equal(Object.keys(exitCodeMeanings).length, Object.keys(exitCodes).length)
})

for (const shell of shells) {
  test(`the completion for ${shell} names every command`, () => {
    const script = completionScript(shell, createProgram())
    for (const command of commands) assert.ok(script.includes(command.name()), command.name())
  })
}

/** What bash would offer for the words so far. */
function offered(...words: readonly string[]): string[] {
  const script = `${completionScript('bash', createProgram())}
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _samband; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.split('\n').filter(word => word !== '')
}

test('bash completes commands, subcommands, options and their values', () => {
  assert.deepEqual(offered('samband', 'sta'), ['start', 'status'])
  assert.deepEqual(offered('samband', 'messages', 'se'), ['search'])
  assert.deepEqual(offered('samband', '--version', 'messages', 'search', '--control'), ['--control-id'])
  assert.deepEqual(offered('samband', 'routes', 'graph', '--format', 'm'), ['mermaid'])
})

test('control characters of a message never reach the terminal', () => {
  assert.equal(printable('a\u001b[31mb\r\u009b'), 'a\u241b[31mb\u240d\u2421')
})

test('a table aligns numbers to the right and does not pad its last column', () => {
  const text = table(
    [
      { name: 'a', count: 5 },
      { name: 'bb', count: 50 },
    ],
    [
      { title: 'N', value: ({ count }) => String(count), align: 'right' },
      { title: 'Name', value: ({ name }) => name },
    ],
    false,
  )
  assert.equal(text, ' N  Name\n 5  a\n50  bb')
})

test('a point in time is a date, a time, or how long ago', () => {
  assert.equal(pointInTime('2026-01-31T08:00:00Z'), '2026-01-31T08:00:00.000Z')
  assert.ok(Math.abs(Date.parse(pointInTime('2h')) - Date.now() + 7_200_000) < 5_000)
  for (const text of ['yesterday', '2', '5 minutes', '']) assert.throws(() => pointInTime(text))
})

const graph = {
  name: 'adt "x"',
  version: '1.0.0',
  owner: 'team',
  purpose: 'treatment',
  description: null,
  nodes: [
    { id: 'source', kind: 'source', label: 'ehr-in', detail: 'mllp' },
    { id: 'step:f', kind: 'filter', label: 'f', detail: null },
    { id: 'to:lis', kind: 'destination', label: 'lis', detail: null },
  ],
  edges: [
    { from: 'source', to: 'step:f' },
    { from: 'step:f', to: 'to:lis' },
  ],
}

test('a route is drawn for the terminal, for Markdown and for Graphviz', () => {
  assert.equal(asciiGraph([graph]), 'adt "x" 1.0.0  (team)\n┌─ source ehr-in  (mllp)\n├─ filter f\n└──▶ lis')
  assert.match(
    mermaidGraph([graph]),
    /^flowchart LR\n {2}subgraph r0_route\["adt #quot;x#quot;"\]\n[^]*r0_source --> r0_step_f/,
  )
  assert.match(dotGraph([graph]), /^digraph samband \{[^]*"adt \\"x\\"\/source" -> "adt \\"x\\"\/step:f"/)
})
