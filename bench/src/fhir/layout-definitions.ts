/** Storage layouts of search that were considered for the hub, in plain SQL, over one staged set of Observations. */
export type Layout = {
  readonly name: string
  readonly tables: string
  /** Writes staged rows from $1 up to, not including, $2. */
  readonly write: string
  /** By name of the search; each takes the parameters of `layoutSearches`. */
  readonly searches: Readonly<Record<LayoutSearch, string>>
}

export type LayoutSearch = keyof typeof layoutSearches

/** What each search is asked with. */
export type Asked = {
  readonly subject: string
  readonly subjects: readonly string[]
  readonly code: string
  readonly fromMs: number
  readonly above: number
}

const weekMs = 7 * 86_400_000

export const layoutSearches = {
  'subject and code': (asked: Asked): unknown[] => [asked.subject, asked.code],
  'code and a week, by date': (asked: Asked): unknown[] => [asked.code, asked.fromMs, asked.fromMs + weekMs],
  'status, newest first': (): unknown[] => ['http://hl7.org/fhir/observation-status|final'],
  'patient, category and a quarter, by date': (asked: Asked): unknown[] => [
    asked.subject,
    'laboratory',
    asked.fromMs,
    asked.fromMs + 13 * weekMs,
  ],
  'code and value above': (asked: Asked): unknown[] => [asked.code, asked.above],
  'code of 200 subjects': (asked: Asked): unknown[] => [asked.code, asked.subjects],
} as const

/** What all layouts are written from: what indexing found, so that only the database is measured. */
export const stageSql = (rows: number): string => `
  create schema layout;
  create function layout.h(text) returns int8 language sql immutable parallel safe return hashtextextended($1, 0);
  create table layout.stage as
  select row_number() over (order by rid) - 1 as n, rid, id, at, content, tokens, refs, doc,
         doc ->> 'status' as status, doc #>> '{category,0,coding,0,code}' as category,
         array(select (c ->> 'system') || '|' || (c ->> 'code') from jsonb_array_elements(doc #> '{code,coding}') c) as codes,
         doc #>> '{subject,reference}' as subject, doc #>> '{encounter,reference}' as encounter,
         doc #>> '{performer,0,reference}' as performer, (extract(epoch from (doc ->> 'effectiveDateTime')::timestamptz) * 1000)::int8 as t,
         (doc #>> '{valueQuantity,value}')::float8 as value, doc #>> '{valueQuantity,code}' as unit
    from (select *, content::jsonb as doc from hub.resource_observation order by rid limit ${Math.trunc(rows)}) r;
  create unique index on layout.stage (n);
  analyze layout.stage;`

const dateTables = (schema: string): string => `
  create table ${schema}.date (param int8, low int8, high int8, rid int8, primary key (param, low, high, rid));
  create index on ${schema}.date (rid, param);
  create table ${schema}.quantity (
    param int8, context int8, low float8, high float8, unit int8, code int8, rid int8, primary key (param, context, low, high, unit, code, rid)
  );
  create index on ${schema}.quantity (rid, param);`

/** The value alone and beside each code, for the parameters value-quantity, combo-, code- and combo-code-. */
const orderedRows = (schema: string): string => `
  dates as (insert into ${schema}.date select layout.h('date'), t, t + 1000, rid from s),
  quantities as (
    insert into ${schema}.quantity
    select layout.h(p.param), p.context, value, value, layout.h('ucum|' || unit), layout.h(unit), rid
      from s cross join lateral (
        values ('value-quantity', 0), ('combo-value-quantity', 0), ('code-value-quantity', layout.h(codes[1])),
               ('code-value-quantity', layout.h(codes[2])), ('combo-code-value-quantity', layout.h(codes[1])), ('combo-code-value-quantity', layout.h(codes[2]))
      ) as p (param, context)
     where value is not null)`

const staged = 's as (select * from layout.stage where n >= $1 and n < $2)'

const arrayTables = (schema: string): string => `
  create schema ${schema};
  create table ${schema}.resource (rid int8 primary key, id text collate "C" unique, at int8, tokens int8[], refs int8[], content text);
  alter table ${schema}.resource alter tokens set statistics 1000;
  create index on ${schema}.resource (at, rid);
  create index on ${schema}.resource using gin (tokens) with (fastupdate = off);
  ${dateTables(schema)}`

const arraySearches = (schema: string): Layout['searches'] => ({
  'subject and code': `select rid, content from ${schema}.resource
     where tokens @> array[layout.h('subject|' || $1), layout.h('code|' || $2)] order by rid limit 20`,
  'code and a week, by date': `
    with d as materialized (select low, rid from ${schema}.date where param = layout.h('date') and low >= $2 and low < $3)
    select r.rid, content from d join ${schema}.resource r using (rid) where tokens @> array[layout.h('code|' || $1)] order by d.low, rid limit 20`,
  'status, newest first': `select rid, content from ${schema}.resource
     where tokens @> array[layout.h('status|' || $1)] order by at desc, rid desc limit 20`,
  'patient, category and a quarter, by date': `
    with r as materialized (select rid, content from ${schema}.resource where tokens @> array[layout.h('subject|' || $1), layout.h('category|' || $2)])
    select rid, content from r join ${schema}.date d using (rid) where param = layout.h('date') and low >= $3 and low < $4 order by low desc, rid limit 20`,
  'code and value above': `
    with q as materialized (select rid from ${schema}.quantity where param = layout.h('code-value-quantity') and context = layout.h($1) and low > $2 order by rid limit 20)
    select rid, content from q join ${schema}.resource using (rid) order by rid`,
  'code of 200 subjects': `
    with r as materialized (select rid from ${schema}.resource where tokens @> array[layout.h('code|' || $1)]
       and tokens && array(select layout.h('subject|' || s) from unnest($2::text[]) s) order by rid limit 20)
    select rid, content from r join ${schema}.resource using (rid) order by rid`,
})

/** The hub's array as it is: with texts, words, presence and compartments, which the other two layouts do not have. */
const hubTokens: Layout = {
  name: 'tokens, as the hub has them',
  tables: arrayTables('layout_hub'),
  write: `with ${staged}, resources as (
    insert into layout_hub.resource
    select rid, id, at, tokens || array[layout.h('subject|' || subject), layout.h('code|' || codes[1]), layout.h('category|' || category),
           layout.h('status|http://hl7.org/fhir/observation-status|' || status)], refs, content from s),
    ${orderedRows('layout_hub')} select`,
  searches: arraySearches('layout_hub'),
}

/** As many kinds of search as index tables have: a code with any system, with its own, and a system alone. */
const leanTokens: Layout = {
  name: 'tokens, same searches as the others',
  tables: arrayTables('layout_lean'),
  write: `with ${staged}, resources as (
    insert into layout_lean.resource
    select rid, id, at,
           array(select layout.h(p || '|' || f) from unnest(array['code', 'combo-code']) p, unnest(codes) c,
                        unnest(array[c, '*' || split_part(c, '|', 2), split_part(c, '|', 1)]) f)
           || array[layout.h('status|http://hl7.org/fhir/observation-status|' || status), layout.h('status|*' || status), layout.h('status|s'),
                    layout.h('category|' || category), layout.h('category|*' || category), layout.h('category|s'),
                    layout.h('subject|' || subject), layout.h('patient|' || subject), layout.h('encounter|' || encounter), layout.h('performer|' || performer)],
           refs, content from s),
    ${orderedRows('layout_lean')} select`,
  searches: arraySearches('layout_lean'),
}

const tokenIs = (param: string, value: string): string =>
  `exists (select from layout_tables.token x where x.param = layout.h('${param}') and x.value = layout.h(${value}) and x.rid = r.rid)`
const refersTo = (param: string, value: string): string =>
  `exists (select from layout_tables.reference x where x.param = layout.h('${param}') and x.target = layout.h(${value}) and x.rid = r.rid)`

const indexTables: Layout = {
  name: 'index tables',
  tables: `
    create schema layout_tables;
    create table layout_tables.resource (rid int8 primary key, id text collate "C" unique, at int8, content text);
    create index on layout_tables.resource (at, rid);
    create table layout_tables.token (param int8, value int8, system int8, rid int8, primary key (param, value, system, rid));
    create index on layout_tables.token (rid);
    create table layout_tables.reference (param int8, target int8, rid int8, primary key (param, target, rid));
    create index on layout_tables.reference (rid);
    ${dateTables('layout_tables')}
    create statistics layout_tables.token_values (mcv) on param, value from layout_tables.token;`,
  write: `with ${staged},
    resources as (insert into layout_tables.resource select rid, id, at, content from s),
    codes as (
      insert into layout_tables.token
      select layout.h(p), layout.h(c), layout.h(split_part(c, '|', 1)), rid from s, unnest(codes) c, unnest(array['code', 'combo-code']) p
      union all select layout.h('status'), layout.h('http://hl7.org/fhir/observation-status|' || status), layout.h('s'), rid from s
      union all select layout.h('category'), layout.h(category), layout.h('s'), rid from s),
    refs as (
      insert into layout_tables.reference
      select layout.h(p.param), layout.h(p.target), rid
        from s cross join lateral (values ('subject', subject), ('patient', subject), ('encounter', encounter), ('performer', performer)) as p (param, target)),
    ${orderedRows('layout_tables')} select`,
  searches: {
    'subject and code': `select rid, content from layout_tables.resource r where ${refersTo('subject', '$1')} and ${tokenIs('code', '$2')} order by rid limit 20`,
    'code and a week, by date': `
      select rid, content from layout_tables.date d join layout_tables.resource r using (rid)
       where d.param = layout.h('date') and low >= $2 and low < $3 and ${tokenIs('code', '$1')} order by low, rid limit 20`,
    'status, newest first': `select rid, content from layout_tables.resource r where ${tokenIs('status', '$1')} order by at desc, rid desc limit 20`,
    'patient, category and a quarter, by date': `
      select rid, content from layout_tables.resource r join layout_tables.date d using (rid)
       where ${refersTo('patient', '$1')} and ${tokenIs('category', '$2')} and d.param = layout.h('date') and low >= $3 and low < $4
       order by low desc, rid limit 20`,
    'code and value above': `
      with q as materialized (select rid from layout_tables.quantity where param = layout.h('code-value-quantity') and context = layout.h($1) and low > $2 order by rid limit 20)
      select rid, content from q join layout_tables.resource using (rid) order by rid`,
    'code of 200 subjects': `
      select rid, content from layout_tables.resource r
       where ${tokenIs('code', '$1')} and exists (select from layout_tables.reference x where x.param = layout.h('subject')
         and x.target = any(array(select layout.h(s) from unnest($2::text[]) s)) and x.rid = r.rid) order by rid limit 20`,
  },
}

const generatedColumns: Layout = {
  name: 'generated columns',
  tables: `
    create schema layout_columns;
    create function layout_columns.ms(text) returns int8 language sql immutable return (extract(epoch from $1::timestamptz) * 1000)::int8;
    create function layout_columns.codes(jsonb) returns text[] language sql immutable
      return array(select (c ->> 'system') || '|' || (c ->> 'code') from jsonb_array_elements($1 -> 'coding') c);
    create table layout_columns.resource (
      rid int8 primary key, id text collate "C" unique, at int8, doc jsonb,
      status text collate "C" generated always as ('http://hl7.org/fhir/observation-status|' || (doc ->> 'status')) stored,
      category text[] generated always as (array[doc #>> '{category,0,coding,0,code}']) stored,
      code text[] generated always as (layout_columns.codes(doc -> 'code')) stored,
      combo_code text[] generated always as (layout_columns.codes(doc -> 'code')) stored,
      subject text collate "C" generated always as (doc #>> '{subject,reference}') stored,
      patient text collate "C" generated always as (doc #>> '{subject,reference}') stored,
      encounter text collate "C" generated always as (doc #>> '{encounter,reference}') stored,
      performer text[] generated always as (array[doc #>> '{performer,0,reference}']) stored,
      date int8 generated always as (layout_columns.ms(doc ->> 'effectiveDateTime')) stored,
      value float8 generated always as ((doc #>> '{valueQuantity,value}')::float8) stored,
      unit text collate "C" generated always as (doc #>> '{valueQuantity,code}') stored
    );
    create index on layout_columns.resource (at, rid);
    create index on layout_columns.resource (status);
    create index on layout_columns.resource (subject);
    create index on layout_columns.resource (patient);
    create index on layout_columns.resource (encounter);
    create index on layout_columns.resource (date);
    create index on layout_columns.resource (value, unit);
    create index on layout_columns.resource using gin (code) with (fastupdate = off);
    create index on layout_columns.resource using gin (combo_code) with (fastupdate = off);
    create index on layout_columns.resource using gin (category) with (fastupdate = off);
    create index on layout_columns.resource using gin (performer) with (fastupdate = off);`,
  write: `with ${staged} insert into layout_columns.resource (rid, id, at, doc) select rid, id, at, content::jsonb from s`,
  searches: {
    'subject and code': `select rid, doc::text from layout_columns.resource where subject = $1 and code @> array[$2::text] order by rid limit 20`,
    'code and a week, by date': `select rid, doc::text from layout_columns.resource
       where code @> array[$1::text] and date >= $2 and date < $3 order by date, rid limit 20`,
    'status, newest first': `select rid, doc::text from layout_columns.resource where status = $1 order by at desc, rid desc limit 20`,
    'patient, category and a quarter, by date': `select rid, doc::text from layout_columns.resource
       where patient = $1 and category @> array[$2::text] and date >= $3 and date < $4 order by date desc, rid limit 20`,
    'code and value above': `select rid, doc::text from layout_columns.resource where code @> array[$1::text] and value > $2 order by rid limit 20`,
    'code of 200 subjects': `select rid, doc::text from layout_columns.resource
       where code @> array[$1::text] and subject = any($2::text[]) order by rid limit 20`,
  },
}

export const layouts: readonly Layout[] = [hubTokens, leanTokens, indexTables, generatedColumns]
export const layoutSchemas: Readonly<Record<string, string>> = {
  [hubTokens.name]: 'layout_hub',
  [leanTokens.name]: 'layout_lean',
  [indexTables.name]: 'layout_tables',
  [generatedColumns.name]: 'layout_columns',
}
