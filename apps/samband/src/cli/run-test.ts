import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import { type LoadedRoute, loadRoutes } from '@samband/engine'
import { nearest } from '@samband/errors'
import { capabilitiesOf } from '../config/capabilities.ts'
import type { Deployment } from '../config/examine-config.ts'
import { readConfig } from '../config/load-config.ts'
import { type FixturePlace, fixturePlaces, fixturesFolder } from '../route-tests/fixture.ts'
import { junitReport } from '../route-tests/junit-report.ts'
import { type RouteTestResult, routeTestFiles, runRouteTests } from '../route-tests/route-test-files.ts'
import { type RegressionResult, runRegressions } from '../route-tests/run-regressions.ts'
import type { TestOptions } from './commands/test.ts'
import { type ConfigPlace, environmentOf } from './config-place.ts'
import { CliError, type ExitCode, exitCodes, usageError } from './exit-codes.ts'
import { jsonRow, type Output, printable, styled, terminalOutput } from './output.ts'

/** @throws CliError usage, `route-unknown`, `configuration` */
export async function runTest(names: readonly string[], place: ConfigPlace, options: TestOptions): Promise<ExitCode> {
  if (options.askCapabilities === true && options.update !== true) {
    throw usageError('--ask-capabilities needs --update: a test asks nothing of the outside')
  }
  const output = terminalOutput({ json: options.json === true })
  const env = environmentOf(options)
  const deployment = await readConfig({ ...place, env })
  const routes = (await Promise.all(deployment.routes.map(folder => loadRoutes(folder)))).flat()
  assertKnown(names, routes)
  const files = (await Promise.all(deployment.routes.map(folder => routeTestFiles(folder, names)))).flat()
  const tests = await runRouteTests({ files, cwd: deployment.folder, onResult: result => testShown(output, result) })
  const places = await placesOf(deployment, names)
  const live = options.askCapabilities === true ? await capabilitiesOf(deployment, env) : undefined
  const { capabilities = {} } = deployment
  const regressions = await runRegressions({
    places,
    routes,
    known: typeof capabilities === 'function' ? {} : capabilities,
    update: options.update === true,
    live,
    onResult: result => regressionShown(output, result),
  })
  if (options.junit !== undefined) await writeReport(options.junit, junitReport(tests, regressions))
  return await summary(output, tests, regressions)
}

function assertKnown(names: readonly string[], routes: readonly LoadedRoute[]): void {
  const known = routes.map(({ definition }) => definition.name)
  for (const name of names) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    const hint = near === undefined ? '' : `, did you mean '${near}'?`
    throw new CliError({
      code: 'route-unknown',
      exitCode: exitCodes.notFound,
      message: `there is no route '${name}'${hint} (there are ${known.join(', ')})`,
    })
  }
}

async function placesOf({ routes }: Deployment, names: readonly string[]): Promise<readonly FixturePlace[]> {
  const places = (await Promise.all(routes.map(folder => fixturePlaces(fixturesFolder(folder))))).flat()
  return places.filter(({ route }) => names.length === 0 || names.includes(route))
}

async function testShown(output: Output, { file, name, ok, skipped, ms, error }: RouteTestResult): Promise<void> {
  if (output.json) {
    await jsonRow(output, { kind: 'test', file, name, ok, skipped, ms: Math.round(ms), error: error ?? null })
    return
  }
  const mark = skipped ? styled('-', 'dim', output.isTerminal) : markOf(ok, output)
  await output.write(`${mark} ${basename(file).replace(/\.test\.m?[tj]s$/, '')}: ${printable(name)}\n`)
  if (error !== undefined) await output.write(`${indented(error.split('\n'))}\n`)
}

async function regressionShown(output: Output, result: RegressionResult): Promise<void> {
  const { route, name, folder, ok, updated, differences, error, ms } = result
  if (output.json) {
    const row = { kind: 'recorded', route, name, folder, ok, updated, differences, error: error ?? null }
    await jsonRow(output, { ...row, ms: Math.round(ms) })
    return
  }
  const note = updated ? styled(' (updated)', 'yellow', output.isTerminal) : ''
  await output.write(`${markOf(ok, output)} ${route}: recorded ${name}${note}\n`)
  if (error !== undefined) await output.write(`${indented([error])}\n`)
  for (const { kind, output: where, lines } of differences) {
    const head = where === null ? kindTexts[kind] : `${kindTexts[kind]} ${where}`
    await output.write(`${indented([`${head}:`, ...lines.map(line => `  ${line}`)])}\n`)
  }
}

const kindTexts: Readonly<Record<RegressionResult['differences'][number]['kind'], string>> = {
  output: 'other content for',
  missing: 'missing for',
  extra: 'more for',
  attributes: 'other attributes for',
  drop: 'other drops',
  failure: 'another end',
  key: 'another ordering key',
  group: 'another group',
  call: 'other calls',
}

function markOf(ok: boolean, { isTerminal }: Output): string {
  return ok ? styled('✔', 'green', isTerminal) : styled('✖', 'red', isTerminal)
}

function indented(lines: readonly string[]): string {
  return lines.map(line => `    ${printable(line)}`).join('\n')
}

async function writeReport(file: string, text: string): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true })
  await writeFile(file, text)
}

async function summary(
  output: Output,
  tests: readonly RouteTestResult[],
  regressions: readonly RegressionResult[],
): Promise<ExitCode> {
  const failed = [...tests, ...regressions].filter(({ ok }) => !ok).length
  const updated = regressions.filter(result => result.updated)
  const counts = { tests: tests.length, recorded: regressions.length, failed, updated: updated.length }
  if (output.json) await jsonRow(output, { kind: 'summary', ...counts })
  else {
    if (tests.length + regressions.length === 0) output.note('samband: there are no tests and no recorded messages')
    const text = `${tests.length} tests, ${regressions.length} recorded messages: ${failed === 0 ? 'all as expected' : `${failed} not as expected`}`
    await output.write(`${text}\n`)
  }
  if (updated.length > 0) {
    const folders = updated.map(({ folder }) => relative(process.cwd(), folder) || '.')
    output.note(`samband: ${updated.length} expectations were written anew; review them before you commit:`)
    for (const folder of folders) output.note(`  ${folder}`)
  }
  return failed === 0 ? exitCodes.ok : exitCodes.failure
}
