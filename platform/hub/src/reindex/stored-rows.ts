import type { Queryable } from '@samband/store'
import { plainArray, textArray } from '../storage/array-literal.ts'
import type { IndexRows, PositionRow, QuantityRow, StringRow } from '../storage/index-rows.ts'
import { instant } from '../storage/write-rows.ts'

/** Rows of one resource in the narrow tables, each under a text that is the same for the same row. */
export type NarrowRows = {
  readonly dates: ReadonlyMap<string, DateText>
  readonly quantities: ReadonlyMap<string, QuantityRow>
  readonly strings: ReadonlyMap<string, StringRow>
  readonly positions: ReadonlyMap<string, PositionRow>
}

/** As PostgreSQL writes them: the ends of open periods are beyond a JavaScript number. */
type DateText = { readonly param: string; readonly low: string; readonly high: string }

const emptyRows: NarrowRows = { dates: new Map(), quantities: new Map(), strings: new Map(), positions: new Map() }

type Row = {
  readonly kind: 'date' | 'quantity' | 'string' | 'position'
  readonly rid: number
  readonly param: string
  readonly low: string
  readonly high: string
  readonly unit: string
  readonly value: string
}

const readSql = `
  select 'date' as kind, rid, param::text, low::text, high::text, '' as unit, '' as value
    from hub.date where tenant = $1 and rid = any($2::int8[])
  union all select 'quantity', rid, param::text, low::text, high::text, unit::text, ''
    from hub.quantity where tenant = $1 and rid = any($2::int8[])
  union all select 'string', rid, param::text, '', '', '', value
    from hub.string where tenant = $1 and rid = any($2::int8[])
  union all select 'position', rid, param::text, latitude::text, longitude::text, '', ''
    from hub.position where tenant = $1 and rid = any($2::int8[])`

/** What the narrow tables have of resources, by rid. */
export async function readNarrowRows(
  client: Queryable,
  tenant: number,
  rids: readonly number[],
): Promise<(rid: number) => NarrowRows> {
  const { rows } = await client.query<Row>({
    name: 'hub-reindex-narrow',
    text: readSql,
    values: [tenant, plainArray(rids)],
  })
  const byRid = Map.groupBy(rows, ({ rid }) => rid)
  const made = new Map([...byRid].map(([rid, list]) => [rid, narrowOf(list)]))
  return rid => made.get(rid) ?? emptyRows
}

function narrowOf(rows: readonly Row[]): NarrowRows {
  const of = <T>(kind: Row['kind'], make: (row: Row) => T): readonly T[] =>
    rows.filter(row => row.kind === kind).map(make)
  return {
    dates: keyed(of('date', ({ param, low, high }) => ({ param, low, high }))),
    quantities: keyed(
      of('quantity', ({ param, low, high, unit }) => ({ param, low: Number(low), high: Number(high), unit })),
    ),
    strings: keyed(of('string', ({ param, value }) => ({ param, value }))),
    positions: keyed(
      of('position', ({ param, low, high }) => ({ param, latitude: Number(low), longitude: Number(high) })),
    ),
  }
}

/** The same of what the indexer has computed. */
export function computedNarrowRows(rows: IndexRows): NarrowRows {
  return {
    dates: keyed(rows.dates.map(({ param, low, high }) => ({ param, low: instant(low), high: instant(high) }))),
    quantities: keyed(rows.quantities.map(({ param, low, high, unit }) => ({ param, low, high, unit }))),
    // PostgreSQL's text has no U+0000; the writer leaves it out as well.
    strings: keyed(rows.strings.map(({ param, value }) => ({ param, value: value.replaceAll('\0', '') }))),
    positions: keyed(rows.positions.map(({ param, latitude, longitude }) => ({ param, latitude, longitude }))),
  }
}

function keyed<T extends object>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map(row => [Object.values(row).join('\u0001'), row]))
}

/** What has to go and what has to come, of one table. */
type Difference<T> = { readonly gone: (T & { rid: number })[]; readonly added: (T & { rid: number })[] }

export class NarrowDifference {
  readonly #dates: Difference<DateText> = { gone: [], added: [] }
  readonly #quantities: Difference<QuantityRow> = { gone: [], added: [] }
  readonly #strings: Difference<StringRow> = { gone: [], added: [] }
  readonly #positions: Difference<PositionRow> = { gone: [], added: [] }

  /** Whether they differ. */
  add(rid: number, stored: NarrowRows, computed: NarrowRows): boolean {
    const some = [
      compare(rid, stored.dates, computed.dates, this.#dates),
      compare(rid, stored.quantities, computed.quantities, this.#quantities),
      compare(rid, stored.strings, computed.strings, this.#strings),
      compare(rid, stored.positions, computed.positions, this.#positions),
    ]
    return some.includes(true)
  }

  async write(client: Queryable, tenant: number): Promise<void> {
    const all = [this.#dates, this.#quantities, this.#strings, this.#positions]
    if (all.some(({ gone }) => gone.length > 0)) await this.#delete(client, tenant)
    if (all.some(({ added }) => added.length > 0)) await this.#insert(client, tenant)
  }

  async #delete(client: Queryable, tenant: number): Promise<void> {
    await client.query({
      name: 'hub-reindex-delete',
      text: deleteSql,
      values: [
        tenant,
        ...dateColumns(this.#dates.gone),
        ...quantityColumns(this.#quantities.gone),
        ...stringColumns(this.#strings.gone),
        ...positionColumns(this.#positions.gone),
      ],
    })
  }

  async #insert(client: Queryable, tenant: number): Promise<void> {
    await client.query({
      name: 'hub-reindex-insert',
      text: insertSql,
      values: [
        tenant,
        ...dateColumns(this.#dates.added),
        ...quantityColumns(this.#quantities.added),
        ...stringColumns(this.#strings.added),
        ...positionColumns(this.#positions.added),
      ],
    })
  }
}

function compare<T>(
  rid: number,
  stored: ReadonlyMap<string, T>,
  computed: ReadonlyMap<string, T>,
  into: Difference<T>,
): boolean {
  let differs = false
  for (const [key, row] of stored) {
    if (computed.has(key)) continue
    into.gone.push({ ...row, rid })
    differs = true
  }
  for (const [key, row] of computed) {
    if (stored.has(key)) continue
    into.added.push({ ...row, rid })
    differs = true
  }
  return differs
}

const unnested = `
  dates (param, low, high, rid) as (select * from unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[])),
  quantities (param, low, high, unit, rid) as (
    select * from unnest($6::int8[], $7::float8[], $8::float8[], $9::int8[], $10::int8[])),
  strings (param, value, rid) as (select * from unnest($11::int8[], $12::text[], $13::int8[])),
  positions (param, latitude, longitude, rid) as (select * from unnest($14::int8[], $15::float8[], $16::float8[], $17::int8[]))`

const deleteSql = `with ${unnested},
  no_dates as (delete from hub.date t using dates g
    where t.tenant = $1 and t.rid = g.rid and t.param = g.param and t.low = g.low and t.high = g.high),
  no_quantities as (delete from hub.quantity t using quantities g
    where t.tenant = $1 and t.rid = g.rid and t.param = g.param and t.low = g.low and t.high = g.high and t.unit = g.unit),
  no_strings as (delete from hub.string t using strings g
    where t.tenant = $1 and t.rid = g.rid and t.param = g.param and t.value = g.value)
  delete from hub.position t using positions g
    where t.tenant = $1 and t.rid = g.rid and t.param = g.param and t.latitude = g.latitude and t.longitude = g.longitude`

const insertSql = `with ${unnested},
  new_dates as (insert into hub.date (tenant, param, low, high, rid) select $1, param, low, high, rid from dates on conflict do nothing),
  new_quantities as (insert into hub.quantity (tenant, param, low, high, unit, rid)
    select $1, param, low, high, unit, rid from quantities on conflict do nothing),
  new_strings as (insert into hub.string (tenant, param, value, rid) select $1, param, value, rid from strings on conflict do nothing)
  insert into hub.position (tenant, param, latitude, longitude, rid)
    select $1, param, latitude, longitude, rid from positions on conflict do nothing`

type WithRid<T> = readonly (T & { readonly rid: number })[]

function dateColumns(rows: WithRid<DateText>): readonly string[] {
  return [
    plainArray(rows.map(({ param }) => param)),
    plainArray(rows.map(({ low }) => low)),
    plainArray(rows.map(({ high }) => high)),
    plainArray(rows.map(({ rid }) => rid)),
  ]
}

function quantityColumns(rows: WithRid<QuantityRow>): readonly string[] {
  return [
    plainArray(rows.map(({ param }) => param)),
    plainArray(rows.map(({ low }) => low)),
    plainArray(rows.map(({ high }) => high)),
    plainArray(rows.map(({ unit }) => unit)),
    plainArray(rows.map(({ rid }) => rid)),
  ]
}

function stringColumns(rows: WithRid<StringRow>): readonly string[] {
  return [
    plainArray(rows.map(({ param }) => param)),
    textArray(rows.map(({ value }) => value)),
    plainArray(rows.map(({ rid }) => rid)),
  ]
}

function positionColumns(rows: WithRid<PositionRow>): readonly string[] {
  return [
    plainArray(rows.map(({ param }) => param)),
    plainArray(rows.map(({ latitude }) => latitude)),
    plainArray(rows.map(({ longitude }) => longitude)),
    plainArray(rows.map(({ rid }) => rid)),
  ]
}
