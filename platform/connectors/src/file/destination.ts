import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DestinationHandle, DestinationKind, EndpointState, Outgoing, Reply } from '@samband/engine'
import { SambandError } from '@samband/errors'
import { configParser } from '../config/config-parser.ts'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { type FileDestinationConfig, fileDestinationSchema } from './config.ts'
import { errorCode, placeNew, placeNumbered, syncFolder } from './place-file.ts'
import { nameForKey, safeFileName } from './safe-name.ts'

export const fileDestination: DestinationKind<FileDestinationConfig> = {
  parseConfig: configParser(fileDestinationSchema),
  open: context => Promise.resolve(new FileDestination(context.config)),
}

const written: Reply = Object.freeze({ code: 'written' })

/**
 * Writes each message under a hidden name, syncs it and gives it its name: a reader sees it whole or not at all. The hidden name
 * follows from the delivery's key, so that what a crash left behind is overwritten by the next attempt.
 */
class FileDestination implements DestinationHandle {
  readonly address: string
  readonly window: number
  readonly streams = true
  readonly #config: FileDestinationConfig
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  #status: EndpointState['status'] = 'idle'

  constructor(config: FileDestinationConfig) {
    this.#config = config
    this.address = `file:${config.folder}`
    this.window = config.writers
  }

  readonly state = (): EndpointState => this.#monitor.state(this.#status, 0)

  readonly close = (): Promise<void> => Promise.resolve()

  readonly send = async (outgoing: Outgoing): Promise<Reply> => {
    try {
      await this.#write(outgoing)
      this.#status = 'up'
      this.#monitor.count('written')
      return written
    } catch (thrown) {
      const error = thrown instanceof SambandError ? thrown : unwritable(thrown)
      if (error.category === 'unavailable') this.#status = 'down'
      this.#monitor.trouble(error.code, error.message)
      throw error
    }
  }

  async #write(outgoing: Outgoing): Promise<void> {
    const { folder, mode } = this.#config
    const wanted = outgoing.attributes['file.name']
    const name = wanted === undefined ? undefined : usableName(wanted)
    const temporary = join(folder, `.samband-${digest(outgoing.idempotencyKey)}.tmp`)
    // Never through a link that someone put there.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
    const handle = await open(temporary, flags, Number.parseInt(mode, 8))
    try {
      if (outgoing.stream === undefined) await handle.writeFile(outgoing.bytes)
      else for await (const part of outgoing.stream.open()) await writeWhole(handle, part)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // The same key is the same delivery: another attempt replaces the file of the first.
    if (name === undefined)
      await rename(temporary, join(folder, nameForKey(outgoing.idempotencyKey) + this.#config.extension))
    else await this.#place(temporary, name)
    await syncFolder(folder)
  }

  async #place(temporary: string, name: string): Promise<void> {
    const { folder, collision } = this.#config
    if (collision === 'replace') {
      await rename(temporary, join(folder, name))
    } else if (collision === 'number') {
      await placeNumbered(temporary, folder, name)
    } else if ((await placeNew(temporary, folder, name)) === undefined) {
      await unlink(temporary)
      throw new SambandError({
        code: 'file-exists',
        category: 'conflict',
        message: 'a file of this name is already there (collision: fail)',
      })
    }
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
}

function usableName(wanted: string): string {
  const name = safeFileName(wanted)
  if (name !== undefined) return name
  throw new SambandError({
    code: 'file-name-unusable',
    category: 'incorrect',
    message: 'the file name that the route gives holds no usable character',
  })
}

/** Nothing was delivered: a folder that is lost, full or closed to us is a place that cannot be reached now. */
function unwritable(cause: unknown): SambandError {
  const message = `the file could not be written (${errorCode(cause)}): see "folder"`
  return new SambandError({ code: 'file-not-written', category: 'unavailable', message, cause })
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 24)
}
