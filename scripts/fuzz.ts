/**
 * Runs a package's fuzzer: `npm run fuzz -- hl7v2 [options]` runs fuzz/main.ts of the workspace of that name. What it takes and prints is
 * the fuzzer's own.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

const floors = ['standards', 'platform', 'apps']
const [name = '', ...args] = process.argv.slice(2)
const fuzzers = floors.flatMap(floor =>
  readdirSync(join(root, floor))
    .map(folder => ({ folder, main: join(root, floor, folder, 'fuzz', 'main.ts') }))
    .filter(({ main }) => existsSync(main)),
)
const chosen = fuzzers.find(({ folder }) => folder === name)
if (chosen === undefined) {
  process.stderr.write(`npm run fuzz -- <name> [options]\n\n  ${fuzzers.map(({ folder }) => folder).join('\n  ')}\n`)
  process.exitCode = 2
} else {
  const child = spawn(process.execPath, [chosen.main, ...args], { stdio: 'inherit' })
  child.on('exit', code => {
    process.exitCode = code ?? 1
  })
}
