import { toDatabaseError } from '@samband/store'
import type { HubStore } from '../storage/hub-store.ts'

/** Parameters of a statement that is put together: each value gets its place. */
export class Values {
  readonly all: unknown[] = []

  add(value: unknown): string {
    this.all.push(value)
    return `$${this.all.length}`
  }
}

type QueryRow = Readonly<Record<string, unknown>>

/** @throws SambandError */
export async function ask<R extends QueryRow>(
  store: HubStore,
  text: string,
  values: readonly unknown[],
): Promise<readonly R[]> {
  try {
    return (await store.db.pool.query<R>(text, [...values])).rows
  } catch (thrown) {
    throw toDatabaseError(thrown, 'reading the history')
  }
}
