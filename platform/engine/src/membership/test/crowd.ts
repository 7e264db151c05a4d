import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Database, TestDatabase } from '@samband/store'
import type { MemberProcessOptions } from './member-process.ts'
import { eventually, membershipDatabase, startMember, type TestMember } from './members.ts'

type Said = { is: string; epoch?: number; lanes?: number[]; code?: string; valid?: boolean }

export type Child = {
  readonly process: ChildProcess
  readonly said: Said[]
  readonly epoch: number
  heard(is: string): boolean
}

/** Members in this process and in processes of their own, on one database. */
export class Crowd {
  readonly t: TestDatabase
  readonly #members: TestMember[] = []
  readonly #children: ChildProcess[] = []

  private constructor(t: TestDatabase) {
    this.t = t
  }

  static async open(): Promise<Crowd> {
    const t = await membershipDatabase()
    await t.db.pool.query('create table engine.written (epoch int8, n int8)')
    return new Crowd(t)
  }

  get db(): Database {
    return this.t.db
  }

  async start(...[options, db]: [options?: Parameters<typeof startMember>[1], db?: Database]): Promise<TestMember> {
    return this.add(await startMember(db ?? this.t.db, options))
  }

  add(member: TestMember): TestMember {
    this.#members.push(member)
    return member
  }

  async child(options: Omit<MemberProcessOptions, 'url'> = {}): Promise<Child> {
    const script = new URL('member-process.ts', import.meta.url).pathname
    const running = spawn(process.execPath, [script, JSON.stringify({ url: this.t.url, ...options })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.push(running)
    const said: Said[] = []
    // Lines of the fixture beside this file.
    createInterface({ input: running.stdout }).on('line', line => said.push(JSON.parse(line) as Said))
    await eventually('the child runs', () => said.length > 0)
    const heard = (is: string): boolean => said.some(fact => fact.is === is)
    return { process: running, said, epoch: said[0]?.epoch ?? 0, heard }
  }

  /** A child that owns every lane. */
  async soleOwner(options: Omit<MemberProcessOptions, 'url'> = {}): Promise<Child> {
    const child = await this.child(options)
    await eventually('the child has all', () => child.heard('started'))
    return child
  }

  /** Rows that a child's journal has committed. */
  async written(epoch: number): Promise<number> {
    const { rows } = await this.t.db.pool.query<{ count: number }>(
      'select count(*)::int4 as count from engine.written where epoch = $1',
      [epoch],
    )
    return rows[0]?.count ?? 0
  }

  async clear(): Promise<void> {
    for (const running of this.#children.splice(0)) running.kill('SIGKILL')
    await Promise.all(this.#members.splice(0).map(({ membership }) => membership.leave(1_000)))
    await this.t.db.pool.query('truncate engine.lane, engine.process, engine.written')
  }
}
