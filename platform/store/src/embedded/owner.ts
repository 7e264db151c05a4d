/**
 * Who runs the server of a data folder. `owner.json` names the Samband process; it counts only while that very process
 * lives, so what a killed one left behind blocks nobody.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SambandError } from '@samband/errors'
import { startStamp } from './process-identity.ts'

type Owner = { readonly pid: number; readonly started: string }

/** @throws SambandError `embedded-in-use` */
export async function claim(dataDir: string): Promise<void> {
  const owner = await readOwner(dataDir)
  if (owner !== undefined && (await startStamp(owner.pid)) === owner.started) {
    throw new SambandError({
      code: 'embedded-in-use',
      category: 'conflict',
      message: `process ${owner.pid} already runs the database in ${dataDir}: stop it, or set SAMBAND_DATA_DIR to another folder`,
    })
  }
  const started = (await startStamp(process.pid)) ?? ''
  await writeFile(ownerFile(dataDir), `${JSON.stringify({ pid: process.pid, started })}\n`)
}

export async function release(dataDir: string): Promise<void> {
  await rm(ownerFile(dataDir), { force: true })
}

async function readOwner(dataDir: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(ownerFile(dataDir), 'utf8'))
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined
    if (typeof value.pid !== 'number' || typeof value.started !== 'string') return undefined
    return { pid: value.pid, started: value.started }
  } catch {
    return undefined
  }
}

function ownerFile(dataDir: string): string {
  return join(dataDir, 'owner.json')
}
