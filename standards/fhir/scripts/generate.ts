/**
 * `npm run generate -w standards/fhir`: the definitions of FHIR R4 from the package of examples (`npm run fetch-examples` first) into `src/generated`, which
 * is checked in. With `--check` nothing is written; the exit code is 1 where the files are not what would be written.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { examplesMissing } from './examples-archive.ts'
import { generatedFiles } from './generated-files.ts'

const packageFolder = dirname(import.meta.dirname)
const targetFolder = join(packageFolder, 'src/generated')

function main(): void {
  if (examplesMissing !== false) {
    console.log(`SKIPPED: ${examplesMissing}`)
    return
  }
  const files = generatedFiles()
  const stale = staleFiles(files)
  if (process.argv.includes('--check')) {
    for (const path of stale) console.log(`src/generated/${path} is not what the generator writes`)
    if (stale.length > 0) process.exitCode = 1
    return
  }
  for (const path of stale) {
    const text = files.get(path)
    const target = join(targetFolder, path)
    if (text === undefined) rmSync(target)
    else {
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
    }
  }
  const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  console.log(`${files.size} files of ${(bytes / 1e6).toFixed(2)} MB, ${stale.length} of them changed`)
}

/** Paths whose file is missing, differs, or is not generated any more. */
function staleFiles(files: ReadonlyMap<string, string>): string[] {
  const present = existsSync(targetFolder)
    ? readdirSync(targetFolder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name).slice(targetFolder.length + 1))
    : []
  const left = present.filter(path => !files.has(path))
  const changed = [...files].filter(([path, text]) => {
    const target = join(targetFolder, path)
    return !existsSync(target) || readFileSync(target, 'utf8') !== text
  })
  return [...left, ...changed.map(([path]) => path)].sort()
}

main()
