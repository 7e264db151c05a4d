/**
 * Who runs the server of a data folder. `owner.json` names the Samband process; it counts only while that very process
 * lives, so what a killed one left behind blocks nobody.
 */
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SambandError } from '@samband/errors'
import { startStamp } from './process-identity.ts'

type Owner = { readonly pid: number; readonly started: string }

/** @throws SambandError `embedded-in-use` */
export async function claim(dataDir: string): Promise<void> {
  const mine: Owner = { pid: process.pid, started: (await startStamp(process.pid)) ?? '' }
  const draft = `${ownerFile(dataDir)}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(mine)}\n`)
  try {
    // The link is the claim: of two processes that start at once, one gets it.
    for (let attempt = 1; !(await linked(draft, ownerFile(dataDir))); attempt += 1) {
      const owner = await liveOwner(dataDir)
      if (owner !== undefined || attempt > 2) throw inUse(dataDir, owner)
      await release(dataDir)
    }
  } finally {
    await rm(draft, { force: true })
  }
}

export async function release(dataDir: string): Promise<void> {
  await rm(ownerFile(dataDir), { force: true })
}

/** The process that runs the server of this folder, if it is alive. */
export async function liveOwner(dataDir: string): Promise<number | undefined> {
  const owner = await readOwner(dataDir)
  if (owner === undefined) return undefined
  return (await startStamp(owner.pid)) === owner.started ? owner.pid : undefined
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
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

function inUse(dataDir: string, pid: number | undefined): SambandError {
  return new SambandError({
    code: 'embedded-in-use',
    category: 'conflict',
    message: `${pid === undefined ? 'another process' : `process ${pid}`} already runs the database in ${dataDir}: stop it, or set SAMBAND_DATA to another folder`,
  })
}

function ownerFile(dataDir: string): string {
  return join(dataDir, 'owner.json')
}
