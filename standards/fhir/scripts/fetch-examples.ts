/**
 * `npm run fetch-examples -w standards/fhir`: HL7's package of definitions and examples (19 MB) into `.cache`, for the generator and
 * for the checks over all examples. Nothing that is shipped needs it.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { cacheFolder, EXAMPLES_PACKAGE } from './examples-archive.ts'

mkdirSync(cacheFolder, { recursive: true })
const file = execFileSync('npm', ['pack', '--silent', EXAMPLES_PACKAGE, '--pack-destination', cacheFolder], {
  encoding: 'utf8',
})
console.log(`${cacheFolder}/${file.trim()}`)
