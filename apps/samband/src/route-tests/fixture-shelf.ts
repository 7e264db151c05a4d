import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Raw } from '@samband/route'
import { type Fixture, fixturePlaces, readFixture, writeFixture } from './fixture.ts'

/** The fixtures of one route while more are added: which names are taken, and which inputs are there already. */
export type FixtureShelf = {
  /** Where a fixture with this very input lies. */
  readonly folderOf: (input: Raw) => string | undefined
  /** A place for one more: 'oru-r01-3', the type and a number, nothing that leads back to the message. */
  readonly placeFor: (type: string) => Pick<Fixture, 'route' | 'name' | 'folder'>
  /** Writes it and returns its files. */
  readonly add: (fixture: Fixture) => Promise<readonly string[]>
}

/** @throws SambandError `fixture-invalid` when one that is there cannot be read */
export async function openFixtureShelf(fixtures: string, route: string): Promise<FixtureShelf> {
  const names = new Set<string>()
  const folders = new Map<string, string>()
  for (const place of await fixturePlaces(fixtures)) {
    if (place.route !== route) continue
    names.add(place.name)
    folders.set(fingerprint((await readFixture(place)).input), place.folder)
  }
  return {
    folderOf: input => folders.get(fingerprint(input)),
    placeFor: type => {
      const stem = type
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '')
      let number = 1
      while (names.has(`${stem || 'message'}-${number}`)) number += 1
      const name = `${stem || 'message'}-${number}`
      return { route, name, folder: join(fixtures, route, name) }
    },
    add: async fixture => {
      names.add(fixture.name)
      folders.set(fingerprint(fixture.input), fixture.folder)
      return await writeFixture(fixture)
    },
  }
}

function fingerprint({ bytes }: Raw): string {
  return createHash('sha256').update(bytes).digest('base64')
}
