import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineOptions } from '@samband/engine'
import type { PeersConfig } from '../../config/config-types.ts'

export type PeerPlace = Omit<NonNullable<EngineOptions['peers']>, 'secret'>

/** Across machines each process of a machine has a port of its own: the configured one, the next, and so on. */
export function peersOf({ listen, advertise }: PeersConfig, number: number): PeerPlace {
  return {
    listen: nthPort(listen, number),
    ...(advertise === undefined ? {} : { advertise: nthPort(advertise, number) }),
  }
}

/** Port 0 takes a free one each time. */
function nthPort(address: string, number: number): string {
  return address.replace(/:(\d+)$/, (_, port: string) => `:${Number(port) === 0 ? 0 : Number(port) + number - 1}`)
}

/** Linux takes 107 bytes, macOS 103; `/16.sock` must fit in. */
const socketPathBytesMax = 100

export type SocketFolder = {
  readonly socketOf: (number: number) => PeerPlace
  readonly remove: () => Promise<void>
}

/** A folder for the sockets of this machine's processes, for this user only. */
export async function openSocketFolder(data: string): Promise<SocketFolder> {
  let folder = join(data, 'peers')
  if (Buffer.byteLength(folder) > socketPathBytesMax - '/00.sock'.length) {
    // A socket's path may not be as long as a file's.
    folder = await mkdtemp(join(tmpdir(), 'samband-peers-'))
  } else {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
  }
  return {
    socketOf: number => ({ listen: `unix:${join(folder, `${number}.sock`)}` }),
    remove: async () => await rm(folder, { recursive: true, force: true }),
  }
}
