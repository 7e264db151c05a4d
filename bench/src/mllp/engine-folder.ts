import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type EngineFolder = {
  /** The route's module: its code runs in a thread of its own, as in production. */
  readonly routeFile: string
  /** What an engine process is told of its socket to the others: nothing when it is the only one. */
  readonly peerOf: (node: number) => { readonly peerSocket?: string }
  readonly close: () => Promise<void>
}

const routeModule = new URL('route.ts', import.meta.url).href

/** A temporary folder with what the engine processes of one database share. */
export async function makeEngineFolder(options: {
  readonly receivers: number
  readonly processes: number
  /** Some messages also go into the engine's own database (see crash/side-effects.ts). */
  readonly ledger?: boolean
}): Promise<EngineFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'samband-engine-'))
  const routeFile = join(folder, 'bench-route.ts')
  await writeFile(
    routeFile,
    `import { benchRoute } from '${routeModule}'\n\nexport default benchRoute(${options.receivers}, { ledger: ${options.ledger === true} })\n`,
  )
  return {
    routeFile,
    peerOf: node => (options.processes === 1 ? {} : { peerSocket: join(folder, `${node}.sock`) }),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
