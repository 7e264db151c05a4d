import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LoadedRoute } from '@samband/engine'
import { type EndpointRole, endpointRoles } from '../check-routes.ts'
import type { Deployment } from '../examine-config.ts'
import type { Finding } from './finding.ts'

/** Folders that must be there: the connectors make none, so that a share that is not mounted is noticed. */
const endpointFolders: readonly { readonly setting: string; readonly role: EndpointRole; readonly write: boolean }[] = [
  // Files are moved out of the folder when they are stored, which writes to it.
  { setting: 'folder', role: 'source', write: true },
  { setting: 'folder', role: 'destination', write: true },
]

/** Folders that the configuration names and that are missing, or that this user may not use. */
export async function checkFolders(
  deployment: Deployment,
  routes: readonly LoadedRoute[],
): Promise<readonly Finding[]> {
  const roles = endpointRoles(routes)
  const ofEndpoints = Object.entries(deployment.endpoints).flatMap(([name, settings]) =>
    endpointFolders.flatMap(({ setting, role, write }) => {
      const folder = settings[setting]
      if (typeof folder !== 'string' || roles.get(name)?.has(role) !== true) return []
      return [checkFolder(folder, `endpoints.${name}.${setting}`, write)]
    }),
  )
  const found = await Promise.all([...ofEndpoints, checkData(deployment.data)])
  return found.flat()
}

async function checkFolder(folder: string, path: string, write: boolean): Promise<readonly Finding[]> {
  const facts = await stat(folder).catch(() => undefined)
  if (facts === undefined)
    return [problem('folder-missing', path, `there is no folder ${folder}: make it, or mount it`)]
  if (!facts.isDirectory()) return [problem('folder-missing', path, `${folder} is no folder`)]
  const mode = constants.R_OK | constants.X_OK | (write ? constants.W_OK : 0)
  return await access(folder, mode).then(
    () => [],
    () => [problem('folder-forbidden', path, `this user may not read and write ${folder}`)],
  )
}

/** The data folder is made at the start: what is there of the way to it must be a folder to write to. */
async function checkData(data: string): Promise<readonly Finding[]> {
  for (let at = data; ; at = dirname(at)) {
    const facts = await stat(at).catch((error: unknown) =>
      error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
    )
    if (typeof facts === 'object') {
      if (!facts.isDirectory()) return [problem('folder-missing', 'data', `${at} is no folder`)]
      return await access(at, constants.W_OK | constants.X_OK).then(
        () => [],
        () => [problem('folder-forbidden', 'data', `this user may not write to ${at}`)],
      )
    }
    if (facts === 'ENOTDIR') return [problem('folder-missing', 'data', `${dirname(at)} is no folder`)]
    if (dirname(at) === at) return []
  }
}

function problem(code: string, path: string, text: string): Finding {
  return { kind: 'problem', code, path, text }
}
