import { type FSWatcher, watch } from 'node:fs'
import { lstat, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { EndpointState, Intake, SourceContext, SourceHandle, SourceKind } from '@samband/engine'
import { toSambandError } from '@samband/errors'
import { durationMs } from '@samband/route'
import { configParser } from '../config/config-parser.ts'
import { EndpointMonitor } from '../endpoint-monitor.ts'
import { charsetAttribute } from '../hl7/charset-attribute.ts'
import { type FileSourceConfig, fileSourceSchema } from './config.ts'
import { lookInto, type SeenFile } from './look.ts'
import { namePattern } from './name-pattern.ts'
import { errorCode, placeNumbered } from './place-file.ts'
import { Settled } from './settled.ts'
import { type Progress, submitFile } from './submit-file.ts'
import { identityOf, isSameFile, streamFile, type TakenFile, takeFile } from './take-file.ts'

/** Waits at least so long after a report of change, as one file makes several. */
const watchDelayMs = 20
/** Smaller files are read whole. */
const streamFromBytes = 1024 * 1024

export const fileSource: SourceKind<FileSourceConfig> = {
  oneAtATime: true,
  parseConfig: configParser(fileSourceSchema),
  open: context => Promise.resolve(new FileSource(context)),
}

/** What taking one file means for those after it. */
type Verdict = 'next' | 'stop'

/**
 * Looks, takes, looks again: one look at a time, one file at a time, in order. A look is due after `pollInterval`, when the
 * system reports a change, or when a file that was still growing may have settled. A file leaves the folder only after its
 * messages are committed (to the archive) or refused for good (to the error folder); whatever else goes wrong leaves it where it is.
 */
class FileSource implements SourceHandle {
  readonly address: string
  readonly #config: FileSourceConfig
  readonly #intake: Intake
  readonly #folder: string
  readonly #archive: string
  readonly #errors: string
  readonly #isWanted: (name: string) => boolean
  readonly #monitor: EndpointMonitor = new EndpointMonitor()
  readonly #settled: Settled
  /** Files whose messages are stored but which could not be moved away; and files partly submitted. */
  readonly #progress: Map<string, Progress> = new Map()
  readonly #refusedLinks: Set<string> = new Set()
  #status: EndpointState['status'] = 'connecting'
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #lookAgain = false
  #closed = false

  constructor(context: SourceContext<FileSourceConfig>) {
    const { config, intake } = context
    this.#config = config
    this.#intake = intake
    this.#folder = resolve(config.folder)
    this.#archive = resolve(config.archiveFolder ?? join(config.folder, 'archive'))
    this.#errors = resolve(config.errorFolder ?? join(config.folder, 'error'))
    this.#isWanted = namePattern(config.pattern)
    this.#settled = new Settled(durationMs(config.stableFor), durationMs(config.growingMax))
    this.address = `file:${this.#folder}`
    this.#lookSoon(0)
  }

  readonly state = (): EndpointState => this.#monitor.state(this.#status, 0)

  readonly close = async (): Promise<void> => {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#watcher?.close()
    if (this.#looking === undefined) return
    const limit = Promise.withResolvers<void>()
    const cutOff = setTimeout(limit.resolve, durationMs(this.#config.closeTimeout))
    await Promise.race([this.#looking, limit.promise])
    clearTimeout(cutOff)
  }

  #lookSoon(delayMs: number): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#looking !== undefined) {
        this.#lookAgain = true
        return
      }
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined
        this.#lookSoon(this.#lookAgain ? watchDelayMs : this.#untilNextLook())
        this.#lookAgain = false
      })
    }, delayMs)
  }

  #untilNextLook(): number {
    const pollMs = durationMs(this.#config.pollInterval)
    return this.#settled.waiting ? Math.min(pollMs, Math.max(watchDelayMs, durationMs(this.#config.stableFor))) : pollMs
  }

  /** Never rejects: what goes wrong is trouble, and the next look tries again. */
  async #look(): Promise<void> {
    try {
      const files = await lookInto(this.#folder, this.#isWanted, this.#config.order)
      this.#status = 'up'
      if (this.#config.watch) this.#watch()
      this.#forget(files)
      await this.#takeAll(files)
    } catch (error) {
      this.#status = 'down'
      this.#watcher?.close()
      this.#watcher = undefined
      this.#monitor.trouble('file-folder-lost', `the folder cannot be read (${errorCode(error)}): see "folder"`)
    }
  }

  #watch(): void {
    if (this.#watcher !== undefined || this.#closed) return
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => this.#onChange())
      this.#watcher.on('error', () => {
        this.#watcher?.close()
        this.#watcher = undefined
      })
    } catch {
      // No watches left, or a file system without them: the poll still finds everything.
      this.#monitor.count('watchUnavailable')
    }
  }

  #onChange(): void {
    if (this.#looking === undefined) this.#lookSoon(watchDelayMs)
    else this.#lookAgain = true
  }

  async #takeAll(files: readonly SeenFile[]): Promise<void> {
    let taken = 0
    // All are judged before one is taken, so that files that came together settle together.
    const now = Date.now()
    const judged = files.map(file => ({
      file,
      readiness: file.kind === 'link' ? 'pass' : this.#settled.judge(file, now),
    }))
    for (const { file, readiness } of judged) {
      if (this.#closed || taken >= this.#config.filesPerPollMax) return
      if (file.kind === 'link') {
        this.#refuseLink(file)
        continue
      }
      if (readiness === 'hold') return
      if (readiness === 'pass') continue
      taken++
      if ((await this.#take(file)) === 'stop') return
    }
  }

  async #take(file: SeenFile): Promise<Verdict> {
    const { name, identity } = file
    const before = this.#progress.get(name)
    if (before !== undefined && !isSameFile(before.identity, identity)) this.#progress.delete(name)
    else if (before?.complete === true) return await this.#moveAway(file, this.#archive)
    const { submitStream } = this.#intake
    if (submitStream !== undefined && this.#config.split === 'none' && identity.size > streamFromBytes) {
      return await this.#stream(file, submitStream)
    }
    const taken = await takeFile(join(this.#folder, name), identity, this.#config.fileBytesMax)
    if (taken.kind !== 'bytes') return await this.#notTaken(file, taken)
    return taken.bytes.length === 0 ? await this.#refuseEmpty(file) : await this.#submit(file, taken.bytes)
  }

  async #notTaken(file: SeenFile, taken: Exclude<TakenFile, { kind: 'bytes' }>): Promise<Verdict> {
    switch (taken.kind) {
      case 'changed':
        this.#settled.forget(file.name)
        this.#lookAgain = true
        return 'stop'
      case 'unreadable':
        this.#monitor.trouble('file-unreadable', `a file cannot be read (${taken.reason})`)
        return 'next'
      case 'refused':
        this.#refuse(taken.code, taken.text, file.name)
        return await this.#moveAway(file, this.#errors)
    }
  }

  /** Never whole in memory; the route has no parser. */
  async #stream(file: SeenFile, submitStream: NonNullable<Intake['submitStream']>): Promise<Verdict> {
    const { name, identity } = file
    const { charset, streamedBytesMax } = this.#config
    const read = charset === undefined ? {} : { [charsetAttribute]: charset }
    try {
      const path = join(this.#folder, name)
      const taken = await streamFile(path, identity, streamedBytesMax, stream =>
        submitStream({ stream, peer: name, attributes: { 'file.name': name, ...read } }),
      )
      if (taken.kind !== 'stored') return await this.#notTaken(file, taken)
    } catch (thrown) {
      const error = toSambandError(thrown, 'file-not-stored')
      this.#monitor.trouble(error.code, error.message)
      if (error.retry) return 'stop'
      this.#refuse(error.code, error.message, name)
      return await this.#moveAway(file, this.#errors)
    }
    this.#monitor.count('stored', 1)
    this.#progress.set(name, { identity, submitted: 1, stored: 1, complete: true })
    return await this.#moveAway(file, this.#archive)
  }

  async #refuseEmpty(file: SeenFile): Promise<Verdict> {
    this.#refuse('file-empty', 'the file is empty', file.name)
    return await this.#moveAway(file, this.#errors)
  }

  async #submit(file: SeenFile, bytes: Uint8Array): Promise<Verdict> {
    const progress = this.#progress.get(file.name) ?? {
      identity: file.identity,
      submitted: 0,
      stored: 0,
      complete: false,
    }
    this.#progress.set(file.name, progress)
    const outcome = await submitFile({
      intake: this.#intake,
      name: file.name,
      bytes,
      split: this.#config.split,
      charset: this.#config.charset,
      progress,
      isClosing: () => this.#closed,
    })
    this.#monitor.count('stored', outcome.stored)
    for (const { code, text } of outcome.refused) this.#monitor.trouble(code, text)
    if (outcome.kind === 'later') {
      if (outcome.error !== undefined) this.#monitor.trouble(outcome.error.code, outcome.error.message)
      return 'stop'
    }
    progress.complete = true
    return await this.#moveAway(file, outcome.kind === 'stored' ? this.#archive : this.#errors)
  }

  /** A file that was replaced meanwhile stays: it is another one, for the next look. */
  async #moveAway(file: SeenFile, folder: string): Promise<Verdict> {
    const path = join(this.#folder, file.name)
    try {
      await mkdir(folder, { recursive: true })
      if (isSameFile(identityOf(await lstat(path)), file.identity)) {
        await placeNumbered(path, folder, file.name)
        this.#monitor.count('moved')
      }
      this.#progress.delete(file.name)
      this.#settled.forget(file.name)
      return 'next'
    } catch (error) {
      this.#monitor.trouble('file-not-moved', `a file that was taken cannot be moved away (${errorCode(error)})`)
      return 'next'
    }
  }

  #refuseLink(file: SeenFile): void {
    const key = `${file.name}:${file.identity.inode}`
    if (this.#refusedLinks.has(key)) return
    this.#refusedLinks.add(key)
    this.#refuse('file-is-link', 'a symbolic link is not followed', file.name)
  }

  #refuse(code: string, text: string, peer: string): void {
    this.#monitor.trouble(code, text)
    this.#intake.refuse({ code, text, peer })
  }

  /** Drops what is remembered of files that are gone, so that memory follows the folder. */
  #forget(files: readonly SeenFile[]): void {
    const names = new Set(files.map(file => file.name))
    this.#settled.keep(names)
    for (const name of this.#progress.keys()) if (!names.has(name)) this.#progress.delete(name)
    if (this.#refusedLinks.size === 0) return
    const links = new Set(files.map(file => `${file.name}:${file.identity.inode}`))
    for (const key of this.#refusedLinks) if (!links.has(key)) this.#refusedLinks.delete(key)
  }
}
