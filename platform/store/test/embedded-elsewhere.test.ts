import assert from 'node:assert/strict'
import { cp, chmod, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Binaries, findBinaries, prepareBinaries } from '../src/embedded/binaries.ts'
import { unprivilegedUser } from '../src/embedded/system-user.ts'
import { startEmbeddedPostgres } from '../src/index.ts'

const isRoot = process.getuid?.() === 0

describe('where the user of the server cannot go', { skip: !isRoot && 'only root has such a place' }, () => {
  let home: string
  let fallbackDir: string

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'samband-home-'))
    fallbackDir = await mkdtemp(join(tmpdir(), 'samband-fallback-'))
    await chmod(home, 0o700)
    await chmod(fallbackDir, 0o755)
  })
  after(async () => {
    await rm(home, { recursive: true })
    await rm(fallbackDir, { recursive: true })
  })

  test('the cluster goes to the fallback folder, the data folder says where, and the next start finds it', async () => {
    const dataDir = join(home, '.samband', 'postgres')
    for (const run of ['first', 'second']) {
      const server = await startEmbeddedPostgres({ dataDir, fallbackDir })
      await server.stop()
      const location: unknown = JSON.parse(await readFile(join(dataDir, 'location.json'), 'utf8'))
      assert.ok(typeof location === 'object' && location !== null && 'cluster' in location, run)
      assert.ok(String(location.cluster).startsWith(fallbackDir))
      assert.equal(await readFile(join(String(location.cluster), 'PG_VERSION'), 'utf8'), '18\n')
    }
  })

  test('the binaries are copied once, with their symlinks', async () => {
    const installed = await copyWithoutLinks(join(home, 'package'))
    const user = await unprivilegedUser(undefined)
    const copyTo = join(fallbackDir, 'binaries')
    const copied = await prepareBinaries(user, copyTo, installed)
    assert.equal(dirname(copied.folder), copyTo)
    const made = (await lstat(join(copied.folder, 'bin', 'postgres'))).mtimeMs
    assert.deepEqual(await prepareBinaries(user, copyTo, installed), copied)
    assert.equal((await lstat(join(copied.folder, 'bin', 'postgres'))).mtimeMs, made)
  })

  test('a copy that cannot be made is refused with the folder', async () => {
    const installed = { folder: join(home, 'package', 'native'), packageVersion: '18.4.0' }
    const user = await unprivilegedUser(undefined)
    const blocked = join(home, 'a-file')
    await writeFile(blocked, '')
    await assert.rejects(prepareBinaries(user, join(blocked, 'copies'), installed), {
      code: 'embedded-binaries-broken',
      message: /make .*a-file\/copies writable, or set SAMBAND_DATABASE_URL/,
    })
  })

  test('a user that does not exist is refused by name', async () => {
    await assert.rejects(unprivilegedUser('no-such-user'), {
      code: 'embedded-user-missing',
      message: /no-such-user.*SAMBAND_POSTGRES_USER/,
    })
  })
})

describe('the binaries', () => {
  test('a platform without binaries is named', async () => {
    await assert.rejects(findBinaries('sunos-sparc'), {
      code: 'embedded-binaries-missing',
      message: /sunos-sparc: set SAMBAND_DATABASE_URL/,
    })
  })

  test('library symlinks that the install script did not make are made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samband-links-'))
    await chmod(folder, 0o755)
    const installed = await copyWithoutLinks(folder)
    const prepared = await prepareBinaries(await unprivilegedUser(undefined), join(folder, 'copies'), installed)
    assert.equal(prepared.folder, installed.folder)
    if (process.platform === 'linux') {
      assert.ok((await lstat(join(installed.folder, 'lib', 'libpq.so.5'))).isSymbolicLink())
    }
    await rm(folder, { recursive: true })
  })
})

/** As npm unpacks the package when it is told to skip install scripts. */
async function copyWithoutLinks(folder: string): Promise<Binaries> {
  const { folder: native, packageVersion } = await findBinaries()
  await mkdir(folder, { recursive: true })
  await cp(native, join(folder, 'native'), {
    recursive: true,
    filter: async source => !(await lstat(source)).isSymbolicLink() && !source.includes('/share/'),
  })
  return { folder: join(folder, 'native'), packageVersion }
}
