import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const launcher = join(import.meta.dirname, '..', 'bin', 'samband.mjs')

export const projectRoot: string = join(import.meta.dirname, '..', '..', '..')

export type CliRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type CliOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
}

const runWithinMs = 60_000

/** Nothing of this shell's own configuration reaches the command. */
function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SAMBAND_'))
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...env }
}

/** Runs the real command line to its end. */
export async function samband(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = launch(args, options)
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin?.end(options.input ?? '')
  const timer = setTimeout(() => child.kill('SIGKILL'), runWithinMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, stdout, stderr }
}

function launch(args: readonly string[], { env = {}, cwd = tmpdir() }: CliOptions): ChildProcess {
  return spawn(process.execPath, [launcher, ...args], { cwd, env: environment(env), stdio: 'pipe' })
}

export type ServerFacts = {
  readonly url: string
  readonly pid: number
  readonly data: string
  readonly database: { readonly kind: string }
  readonly firstLogin: { readonly user: string; readonly password: string } | null
  readonly sources: readonly { readonly route: string; readonly address: string }[]
  readonly processes: readonly { readonly number: number; readonly pid: number }[]
}

export type RunningCli = {
  readonly facts: ServerFacts
  /** Sends a signal and answers how it ended, and how long that took. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<{ code: number | null; ms: number; stderr: string }>
  readonly kill: () => Promise<void>
}

/** `samband start --json`, until it says where it answers. Rejects with what it wrote when it ends before. */
export async function startSamband(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const child = launch(['start', '--json', '--no-console', '--port', '0', ...args], options)
  let stdout = ''
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin?.end()
  const exited = once(child, 'exit') as Promise<[number | null]>
  const facts = await new Promise<ServerFacts>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`not started within ${runWithinMs} ms: ${stderr}`))
    }, runWithinMs)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (!stdout.includes('\n')) return
      clearTimeout(timer)
      resolve(JSON.parse(stdout) as ServerFacts) // what `start --json` writes
    })
    void exited.then(([code]) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code}: ${stderr}`))
    })
  })
  return {
    facts,
    stop: async (signal = 'SIGINT') => {
      const begun = performance.now()
      child.kill(signal)
      const [code] = await exited
      return { code, ms: performance.now() - begun, stderr }
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

export type Deployment = {
  readonly folder: string
  readonly config: string
  readonly remove: () => Promise<void>
}

/** A configuration in a temporary folder, with the route of the store-and-forward example unless told otherwise. */
export async function deployment(config: object = {}): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'samband-app-'))
  // Started by root, the embedded database runs as another user, who must reach its folder.
  await chmod(folder, 0o755)
  const archive = join(folder, 'archive')
  await mkdir(archive)
  const whole = {
    routes: join(projectRoot, 'examples', 'store-and-forward', 'routes'),
    endpoints: {
      in: { connector: 'mllp', port: 0, system: 'Any sender' },
      archive: { connector: 'file', folder: archive },
    },
    ...config,
  }
  const file = join(folder, 'samband.config.ts')
  await writeFile(file, `export default ${JSON.stringify(whole)}\n`)
  // The database of a server that was killed ends by itself, and writes until then.
  const remove = async (): Promise<void> =>
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  return { folder, config: file, remove }
}
