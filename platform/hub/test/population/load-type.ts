import type { Queryable } from '@samband/store'
import type { HubContext } from '../../src/hub-context.ts'
import { plainArray, textArray } from '../../src/storage/array-literal.ts'
import { resourceTable } from '../../src/storage/resource-table.ts'
import { instant } from '../../src/storage/write-rows.ts'
import { populationEndMs, populationRid, type PopulationSize, populationStartMs } from './population-size.ts'
import { type CompiledTemplate, compileTemplate, stayMs } from './template-rows.ts'
import { evenObservations, type Template, templates } from './templates.ts'

/** Rows of one statement. */
const chunkRows = 20_000

const types = ['Patient', 'Encounter', 'Condition', 'MedicationRequest', 'DiagnosticReport', 'Observation']

/** What the statements below read: templates, and a few functions. Dropped when all is loaded. */
export async function prepareScratch(client: Queryable): Promise<void> {
  await client.query(`
    create schema sample;
    create table sample.template (
      type text, n int, share float8, content text, tokens int8[], refs int8[], low float8, high float8, primary key (type, n)
    );
    create table sample.quantity (
      type text, n int, param int8, unit int8, factor float8, shift float8
    );
    create table sample.date (type text, n int, param int8, low int8, high int8, low_moves boolean, high_moves boolean);
    create table sample.resource (type text, n int, id text, key int8, primary key (type, n));
    create function sample.chance(i int8, purpose int) returns float8 language sql immutable
      return (hashint8extended(i, purpose) & 4503599627370495)::float8 / 4503599627370496;
    create function sample.instant(ms int8, form text) returns text language sql stable
      return to_char(to_timestamp(ms / 1000.0) at time zone 'UTC', form);
    create function sample.key(prefix bytea, id text) returns int8 language sql immutable
      return ('x' || encode(substr(sha256(prefix || convert_to(id, 'UTF8')), 1, 8), 'hex'))::bit(64)::int8;
  `)
}

export type TypeLoad = {
  readonly context: HubContext
  /** They share the work. */
  readonly clients: readonly Queryable[]
  readonly size: PopulationSize
  readonly type: string
  readonly count: number
}

type Chunk = {
  readonly from: number
  readonly to: number
  /** What a key of this type is hashed from, but the id. */
  readonly prefix: Buffer
  readonly first: CompiledTemplate
  /** Where each template begins between 0 and 1. */
  readonly shares: readonly number[]
}

/** All resources of one type. Those that it refers to are there. */
export async function loadType(load: TypeLoad): Promise<void> {
  const { context, clients, size, type, count } = load
  const [client] = clients
  if (client === undefined || count === 0) return
  const { evenCodes } = size
  const isEven = type === 'Observation' && evenCodes !== undefined
  const of: readonly Template[] = isEven ? evenObservations(evenCodes) : (templates[type] ?? [])
  const compiled = of.map(template => compileTemplate(context, type, template))
  const [first] = compiled
  if (first === undefined) throw new Error(`no template of ${type}`)
  await numberTargets(client)
  const shares = await saveTemplates(client, type, compiled)
  await saveTerms(client, context.store.tenant, compiled)
  const { rows } = await client.query<{ readonly salt: string }>(
    `select value as salt from hub.setting where tenant = $1 and name = 'salt'`,
    [context.store.tenant],
  )
  const prefix = Buffer.from(`${rows[0]?.salt}resource\0${type}\0`)
  let next = 0
  const work = async (each: Queryable): Promise<void> => {
    while (next < count) {
      const from = next
      next += chunkRows
      await loadChunk(each, load, { from, to: Math.min(from + chunkRows, count), prefix, first, shares })
    }
  }
  await Promise.all(clients.map(work))
}

async function numberTargets(client: Queryable): Promise<void> {
  for (const type of ['Patient', 'Encounter']) {
    await client.query(
      `insert into sample.resource
       select $1, row_number() over (order by rid) - 1, id, key from ${resourceTable(type)} on conflict do nothing`,
      [type],
    )
  }
}

async function saveTemplates(
  client: Queryable,
  type: string,
  compiled: readonly CompiledTemplate[],
): Promise<number[]> {
  const shares: number[] = []
  const total = compiled.reduce((sum, { weight }) => sum + weight, 0)
  let share = 0
  for (const [n, template] of compiled.entries()) {
    await client.query(`insert into sample.template values ($1, $2, $3, $4, $5, $6, $7, $8)`, [
      type,
      n,
      share,
      template.content,
      plainArray(template.tokens),
      plainArray(template.refs),
      template.low,
      template.high,
    ])
    shares.push(share)
    share += template.weight / total
    for (const { param, unit, factor, offset } of template.quantities) {
      const values = [type, n, param, unit, factor, offset]
      await client.query(`insert into sample.quantity values ($1, $2, $3, $4, $5, $6)`, values)
    }
    for (const { param, low, high } of template.dates) {
      const moves = [Number.isFinite(low), Number.isFinite(high)]
      const values = [type, n, param, instant(low), instant(high), ...moves]
      await client.query(`insert into sample.date values ($1, $2, $3, $4, $5, $6, $7)`, values)
    }
  }
  await client.query('analyze sample.template, sample.quantity, sample.date, sample.resource')
  return shares
}

async function saveTerms(client: Queryable, tenant: number, compiled: readonly CompiledTemplate[]): Promise<void> {
  const terms = compiled.flatMap(({ rows }) => rows.terms)
  await client.query(
    `insert into hub.term (tenant, param, kind, hash, value)
     select $1, t.* from unnest($2::int8[], $3::text[], $4::int8[], $5::text[]) as t on conflict do nothing`,
    [
      tenant,
      plainArray(terms.map(({ param }) => param)),
      textArray(terms.map(({ kind }) => kind)),
      plainArray(terms.map(({ hash }) => hash)),
      textArray(terms.map(({ value }) => value)),
    ],
  )
}

/**
 * Which patient, template, time and value row `i` has. As in life: the square makes patient 0 the most ill. Even: each
 * patient has as many of each template. $1 start, $2 milliseconds from one to the next, $3 type, $4 and $5 from and to,
 * $6 even templates, $7 patients, $8 shares of templates, $9 prefix of keys, $10 smallest rid.
 */
const chosenSql = `
  insert into sample_row
  select $10::int8 + (i * $2::float8)::int8 * 4096 + i % 128, sample.key($9, c.id), c.id, c.at, c.t,
         p.id, p.key, e.id, e.key, t.n, round((t.low + (t.high - t.low) * sample.chance(i, 3))::numeric, 1)::float8
    from generate_series($4::int8, $5::int8 - 1) as i
    cross join lateral (
      select md5($3 || '/' || i)::uuid::text as id, $1::int8 + (i * $2::float8)::int8 as at,
             (($1::int8 + (i * $2::float8)::int8 - sample.chance(i, 4) * 2e8)::int8 / 1000) * 1000 as t,
             case when $6::int is null then floor($7::int * sample.chance(i, 1) ^ 2)::int else (i % $7)::int end as patient,
             case when $6::int is null then width_bucket(sample.chance(i, 2), $8::float8[]) - 1 else (i / $7 % $6)::int end as template
    ) as c
    join sample.resource p on p.type = 'Patient' and p.n = c.patient
    join sample.template t on t.type = $3 and t.n = c.template
    left join sample.resource e on e.type = 'Encounter' and e.n = c.patient`

const resourceSql = (table: string): string => `
  insert into ${table} (tenant, rid, key, at, version, type, id, tokens, refs, content)
  select $1, r.rid, r.key, r.at, 1, $2, r.id,
         t.tokens || array(select p # r.patient_key from unnest($3::int8[]) p)
                  || array(select p # r.encounter_key from unnest($4::int8[]) p where r.encounter_key is not null)
                  || array(select p # r.key from unnest($5::int8[]) p),
         t.refs || array(select unnest(array[p, r.patient_key]) from unnest($6::int8[]) p)
                || array(select unnest(array[p, r.encounter_key]) from unnest($7::int8[]) p),
         format(t.content, r.id, r.patient_id, r.encounter_id, sample.instant(r.t, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                sample.instant(r.t + $8, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), r.value, sample.instant(r.at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from sample_row r join sample.template t on t.type = $2 and t.n = r.template order by r.rid`

const dateSql = `
  insert into hub.date (tenant, param, low, high, rid)
  select $1, d.param, case when d.low_moves then r.t + d.low else d.low end, case when d.high_moves then r.t + d.high else d.high end, r.rid
    from sample_row r join sample.date d on d.type = $2 and d.n = r.template`

const quantitySql = `
  insert into hub.quantity (tenant, param, low, high, unit, rid)
  select $1, q.param, v.value, v.value, q.unit, r.rid
    from sample_row r join sample.quantity q on q.type = $2 and q.n = r.template
    -- Twelve digits, as many as the hub keeps of a value in base units.
    cross join lateral (
      select case when q.factor = 1 and q.shift = 0 then r.value
                  else (r.value * q.factor + q.shift)::numeric::text::float8 end as value
    ) v`

const changeSql = `
  insert into hub.change (tenant, at, version, method, type, id)
  select $1, r.at, 1, 'create', $2, r.id from sample_row r order by r.rid`

async function loadChunk(client: Queryable, { context, size, type, count }: TypeLoad, chunk: Chunk): Promise<void> {
  const { tenant } = context.store
  const { shape } = chunk.first
  const msPerRow = (populationEndMs - populationStartMs) / count
  await client.query('begin')
  await client.query('set local synchronous_commit = off; set local jit = off')
  await client.query(`create temp table sample_row (
    rid int8, key int8, id text, at int8, t int8, patient_id text, patient_key int8, encounter_id text, encounter_key int8,
    template int, value float8
  ) on commit drop`)
  await client.query(chosenSql, [
    populationStartMs,
    msPerRow,
    type,
    chunk.from,
    chunk.to,
    type === 'Observation' ? (size.evenCodes ?? null) : null,
    size.patients,
    chunk.shares,
    chunk.prefix,
    populationRid(populationStartMs, types.indexOf(type)),
  ])
  await client.query(resourceSql(resourceTable(type)), [
    tenant,
    type,
    plainArray(shape.patientTokens),
    plainArray(shape.encounterTokens),
    plainArray(shape.ownTokens),
    plainArray(shape.patientRefs),
    plainArray(shape.encounterRefs),
    stayMs,
  ])
  for (const sql of [dateSql, quantitySql, changeSql]) await client.query(sql, [tenant, type])
  await client.query('commit')
}
