/**
 * `npm run check`: what must hold before the tests run. Formatter, linter, types, arrows, file lengths, DEPENDENCIES.md,
 * the lockfile and generated code; all steps run, so that one failure does not hide another.
 *
 *   npm run check               a line per step, and what failed
 *   npm run check -- --json     one object: { ok, steps: [{ name, ok, durationMs, output }] }
 *
 * Exit code 0 when all hold, 1 otherwise.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { checkArrows } from './check-arrows.ts'
import { dependencyDocProblems } from './dependencies-doc.ts'
import { longFiles, linesMax } from './file-lengths.ts'
import { lockProblems, readLockfile } from './lockfile.ts'
import { root, workspaces } from './workspace.ts'

interface Step {
  readonly name: string
  readonly run: () => Promise<StepResult>
}

interface StepResult {
  readonly ok: boolean
  readonly output: string
}

interface StepReport extends StepResult {
  readonly name: string
  readonly durationMs: number
}

function command(name: string, program: string, args: readonly string[], cwd: string = root): Step {
  return { name, run: () => runCommand(program, args, cwd) }
}

function runCommand(program: string, args: readonly string[], cwd: string): Promise<StepResult> {
  return new Promise(resolve => {
    const path = `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: path } })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', error => resolve({ ok: false, output: `${program}: ${error.message}` }))
    child.on('close', code => resolve({ ok: code === 0, output }))
  })
}

function lines(name: string, problems: () => readonly string[]): Step {
  const run = (): Promise<StepResult> => {
    const found = problems()
    return Promise.resolve({ ok: found.length === 0, output: found.join('\n') })
  }
  return { name, run }
}

/** Workspaces with a tsconfig.json of their own (the console: DOM types, JSX) are checked by it, the rest by the root's. */
function typeSteps(): Step[] {
  const own = workspaces().filter(({ folder }) => existsSync(join(root, folder, 'tsconfig.json')))
  return [
    command('types', 'tsc', ['-p', '.', '--pretty', 'false']),
    ...own.map(({ folder }) => command(`types ${folder}`, 'tsc', ['-p', folder, '--noEmit', '--pretty', 'false'])),
  ]
}

/** A workspace that generates code has a script `generate`, and `generate -- --check` that fails when the code is old. */
function generatorSteps(): Step[] {
  return workspaces()
    .filter(({ manifest }) => manifest.scripts?.['generate'] !== undefined)
    .map(({ folder, manifest }) =>
      command(`generated code of ${folder}`, 'npm', [
        'run',
        '--silent',
        'generate',
        '-w',
        manifest.name,
        '--',
        '--check',
      ]),
    )
}

function steps(): Step[] {
  return [
    command('format', 'biome', ['format', '--colors=off', '--reporter=summary', '.']),
    command('lint', 'oxlint', ['--deny-warnings', '--report-unused-disable-directives', '-f', 'unix']),
    ...typeSteps(),
    lines('arrows', () => checkArrows().map(({ path, line, text }) => `${path}:${line} ${text}`)),
    lines('file lengths', () => longFiles().map(file => `${file.path} has ${file.lines} lines; ${linesMax} at most`)),
    lines('DEPENDENCIES.md', dependencyDocProblems),
    lines('lockfile', () => lockProblems(readLockfile()).map(({ path, text }) => `${path} ${text}`)),
    ...generatorSteps(),
  ]
}

async function runAll(all: readonly Step[], onDone: (report: StepReport) => void): Promise<StepReport[]> {
  const reports: StepReport[] = []
  const pending = [...all]
  const worker = async (): Promise<void> => {
    for (let step = pending.shift(); step; step = pending.shift()) {
      const startedMs = performance.now()
      const result = await step.run()
      const report = { name: step.name, ...result, durationMs: Math.round(performance.now() - startedMs) }
      reports.push(report)
      onDone(report)
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
  return all.flatMap(({ name }) => reports.filter(report => report.name === name))
}

async function main(): Promise<void> {
  const json = process.argv.includes('--json')
  const reports = await runAll(steps(), report => {
    if (json) return
    const seconds = (report.durationMs / 1000).toFixed(1)
    console.log(`${report.ok ? 'ok    ' : 'FAILED'} ${report.name} (${seconds} s)`)
  })
  const failed = reports.filter(report => !report.ok)
  if (json) {
    console.log(JSON.stringify({ ok: failed.length === 0, steps: reports }))
  } else {
    for (const { name, output } of failed) console.log(`\n── ${name} ──\n${output.trim()}`)
    console.log(
      failed.length === 0 ? `\nAll ${reports.length} checks hold.` : `\n${failed.length} of ${reports.length} failed.`,
    )
  }
  if (failed.length > 0) process.exitCode = 1
}

await main()
