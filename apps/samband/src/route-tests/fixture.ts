import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { categories, SambandError } from '@samband/errors'
import type { Raw } from '@samband/route'
import { z } from 'zod'
import type { CapabilityAnswer } from './capability-answers.ts'
import { fromReadable, toReadable } from './readable-bytes.ts'

/**
 * A recorded message with what its route made of it, as a folder of files that people read and git compares:
 * `routes/fixtures/<route>/<name>/`
 *
 * - `input.hl7` (or .json, .txt, .bin): the bytes as received
 * - `fixture.json`: what the transport said, what the calls were answered, when and how it was recorded
 * - `expected.json`: key, drops, failure, and which outputs there are
 * - `ehr-1.hl7`: the first output for the destination `ehr`
 */
export type Fixture = {
  readonly route: string
  readonly name: string
  /** Where it lies. */
  readonly folder: string
  readonly input: Raw
  readonly facts: FixtureFacts
  readonly expected: Outcome
}

export type FixtureFacts = {
  readonly recorded: {
    /** '2026-01-31' */
    readonly on: string
    /** Of the route that the server ran. */
    readonly revision: string
    /** 'pseudonyms', or why the identifiers were kept. */
    readonly identifiers: string
  }
  /** What the route sees as now. */
  readonly now: string
  readonly attributes: Readonly<Record<string, string>>
  readonly answers: readonly CapabilityAnswer[]
}

/** What a route makes of one message. */
export type Outcome = Judgement & { readonly outputs: readonly FixtureOutput[] }

export type Judgement = {
  /** The ordering key; null where there is none. */
  readonly key: string | null
  readonly dropped: readonly { readonly step: string; readonly reason: string }[]
  /** Groups that it waits in, or has completed. */
  readonly joined: readonly { readonly step: string; readonly key: string }[]
  readonly failure: { readonly step: string; readonly code: string; readonly category: string } | null
}

export type FixtureOutput = Raw & {
  readonly destination: string
  /** Counts the outputs for this destination, from 1. */
  readonly number: number
}

const answerSchema = z.strictObject({
  capability: z.string(),
  asked: z.array(z.unknown()),
  answer: z.unknown().optional(),
  failed: z.strictObject({ code: z.string(), category: z.enum(categories) }).exactOptional(),
  sync: z.literal(true).exactOptional(),
})

const factsSchema: z.ZodType<FixtureFacts & { readonly input: string }> = z.strictObject({
  recorded: z.strictObject({ on: z.string(), revision: z.string(), identifiers: z.string() }),
  now: z.iso.datetime(),
  input: z.string().regex(/^input\.\w+$/),
  attributes: z.record(z.string(), z.string()),
  answers: z.array(answerSchema),
})

const expectedSchema = z.strictObject({
  key: z.string().nullable(),
  dropped: z.array(z.strictObject({ step: z.string(), reason: z.string() })),
  joined: z.array(z.strictObject({ step: z.string(), key: z.string() })),
  failure: z.strictObject({ step: z.string(), code: z.string(), category: z.string() }).nullable(),
  outputs: z.array(
    z.strictObject({
      destination: z.string(),
      number: z.int().min(1),
      file: z.string().regex(/^[a-z0-9-]+\.\w+$/),
      attributes: z.record(z.string(), z.string()),
    }),
  ),
})

const factsFile = 'fixture.json'
const expectedFile = 'expected.json'

/** Where the fixtures of a folder of routes lie. */
export function fixturesFolder(routesFolder: string): string {
  return join(routesFolder, 'fixtures')
}

export type FixturePlace = { readonly route: string; readonly name: string; readonly folder: string }

/** Folders with a `fixture.json`, in order of route and name. */
export async function fixturePlaces(fixtures: string): Promise<readonly FixturePlace[]> {
  const places: FixturePlace[] = []
  for (const route of await foldersIn(fixtures)) {
    for (const name of await foldersIn(join(fixtures, route))) {
      const folder = join(fixtures, route, name)
      if ((await readdir(folder)).includes(factsFile)) places.push({ route, name, folder })
    }
  }
  return places
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    // No fixtures yet.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

/** @throws SambandError `fixture-invalid` with the file */
export async function readFixture({ route, name, folder }: FixturePlace): Promise<Fixture> {
  const { input, ...facts } = await readJson(join(folder, factsFile), factsSchema)
  const { outputs, ...judgement } = await readJson(join(folder, expectedFile), expectedSchema)
  return {
    route,
    name,
    folder,
    input: { bytes: await bytesOf(folder, input), attributes: facts.attributes },
    facts,
    expected: {
      ...judgement,
      outputs: await Promise.all(
        outputs.map(async ({ file, ...output }) => ({ ...output, bytes: await bytesOf(folder, file) })),
      ),
    },
  }
}

async function bytesOf(folder: string, file: string): Promise<Uint8Array> {
  return fromReadable(file, await readBytes(join(folder, file)))
}

async function readBytes(file: string): Promise<Uint8Array> {
  return await readFile(file).catch((cause: unknown) => {
    throw invalid(`${file} cannot be read`, cause)
  })
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = Buffer.from(await readBytes(file)).toString('utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid(`${file} is no JSON`, cause)
  }
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(`${file}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is no fixture'}`)
}

function invalid(message: string, cause?: unknown): SambandError {
  return new SambandError({ code: 'fixture-invalid', category: 'incorrect', message, cause })
}

/** Writes a fixture anew; outputs of before that are no longer expected go. Returns the files. */
export async function writeFixture(fixture: Fixture): Promise<readonly string[]> {
  const { folder, input, facts, expected } = fixture
  await mkdir(folder, { recursive: true })
  for (const old of await readdir(folder)) if (/-\d+\.\w+$|^input\.\w+$/.test(old)) await rm(join(folder, old))
  const written: string[] = []
  const write = async (name: string, content: Uint8Array | string): Promise<void> => {
    await writeFile(join(folder, name), content)
    written.push(name)
  }
  const { extension, content } = toReadable(input.bytes)
  await write(`input${extension}`, content)
  const { recorded, now, attributes, answers } = facts
  await write(factsFile, jsonText({ recorded, now, input: `input${extension}`, attributes, answers }))
  const outputs: object[] = []
  for (const { destination, number, bytes, attributes: own } of expected.outputs) {
    const readable = toReadable(bytes)
    const file = `${destination}-${number}${readable.extension}`
    await write(file, readable.content)
    outputs.push({ destination, number, file, attributes: own })
  }
  const { key, dropped, joined, failure } = expected
  await write(expectedFile, jsonText({ key, dropped, joined, failure, outputs }))
  return written
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
