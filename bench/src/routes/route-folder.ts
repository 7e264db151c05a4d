import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))

export type RouteFolder = { readonly folder: string; readonly close: () => Promise<void> }

/** A temporary folder with so many route modules, each with code of its own, as a deployment would have them. */
export async function writeRouteFolder(count: number): Promise<RouteFolder> {
  const root = await mkdtemp(join(tmpdir(), 'samband-routes-'))
  const folder = join(root, 'routes')
  await mkdir(folder)
  // So that the modules find the platform's packages.
  await symlink(modules, join(root, 'node_modules'))
  for (let number = 0; number < count; number += 1) {
    await writeFile(join(folder, `route-${String(number).padStart(4, '0')}.ts`), moduleText(number))
  }
  return { folder, close: () => rm(root, { recursive: true, force: true }) }
}

export function sourceEndpoint(number: number): string {
  return `in-${number}`
}

export function destinationEndpoint(number: number): string {
  return `out-${number}`
}

function moduleText(number: number): string {
  return `import { hl7v2, mllp } from '@samband/connectors'
import { drop, route } from '@samband/route'

/** Ward ${number}: what its system needs differently from the others. */
const wards: Readonly<Record<string, string>> = { MED: 'MED${number}', KIR: 'KIR${number}', BAR: 'BAR${number}' }

function wardOf(code: string | undefined): string {
  return wards[code ?? ''] ?? \`OTHER-\${code ?? ''}-${number}\`
}

export default route('ward-${number}', { version: '1.0.${number}', owner: 'bench', purpose: 'benchmark' })
  .from(mllp({ endpoint: '${sourceEndpoint(number)}' }))
  .parse(hl7v2())
  .orderBy(message => message.text('PID-3.1'))
  .filter('has-patient', message => (message.text('PID-3.1') === undefined ? drop('no patient') : true))
  .map('edit', message => {
    message.set('MSH-3', 'SAMBAND')
    message.set('PID-5.1', (message.text('PID-5.1') ?? '').toUpperCase())
    message.set('PV1-3.1', wardOf(message.text('PV1-3.1')))
    return message
  })
  .to('receiver', mllp({ endpoint: '${destinationEndpoint(number)}' }), { retry: { attempts: 100, backoff: '50ms' } })
  .onError({ deadLetter: 'ward-${number}' })
`
}
