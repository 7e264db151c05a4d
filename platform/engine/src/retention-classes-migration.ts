/**
 * Contents move out of `message` and `event` into packs (see body-pack.ts), and all three tables are partitioned first by
 * retention class, then by day: so that what a class keeps shorter, or only of its bodies, goes by dropping partitions.
 * Sealed contents do not compress: storage `external`.
 *
 * What an earlier version stored is moved: a body of its own becomes a pack of its own, marked by place -1 (the whole of
 * it; an answer has part 1). Its sealed form does not change, because a lone body was sealed for the same id and part.
 */
export const retentionClassesSql = `
  create table engine.retention_class (
    tenant int4 not null,
    id int2 not null,
    name text not null,
    primary key (tenant, id),
    unique (tenant, name)
  );

  create schema engine_before;
  do $$
  declare moved record;
  begin
    for moved in
      select c.relname from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
       where i.inhparent in ('engine.message'::regclass, 'engine.event'::regclass)
    loop
      execute format('alter table engine.%I set schema engine_before', moved.relname);
    end loop;
  end $$;
  alter table engine.message set schema engine_before;
  alter table engine.event set schema engine_before;

  create table engine.message (
    tenant int4 not null,
    id int8 not null,
    origin int8,
    dedupe int8,
    pack int8 not null,
    revision int4 not null,
    size int4 not null,
    body_at int4 not null,
    class int2 not null,
    lane int2,
    verb int2,
    type text,
    control_id text,
    peer text not null,
    terms int8[],
    primary key (tenant, id, class)
  ) partition by list (class);
  create index message_terms on engine.message using gin (terms);
  create index message_dedupe on engine.message (tenant, dedupe, id) where dedupe is not null;
  create index message_origin on engine.message (tenant, origin) where origin is not null;

  create table engine.event (
    tenant int4 not null,
    message_id int8 not null,
    id int8 not null,
    key int8,
    ref int8,
    pack int8,
    part int4 not null,
    owed int4 not null,
    attempt int4 not null,
    output_at int4,
    reply_at int4,
    kind int2 not null,
    class int2 not null,
    destination text,
    step text,
    code text,
    detail text,
    actor text,
    reason text,
    primary key (tenant, message_id, id, class)
  ) partition by list (class);
  create index event_exceptional on engine.event (tenant, kind, id) where kind <> 1;

  create table engine.body (
    tenant int4 not null,
    id int8 not null,
    part int2 not null,
    class int2 not null,
    content bytea not null,
    primary key (tenant, id, part, class)
  ) partition by list (class);
  alter table engine.body alter column content set storage external;

  create table engine.message_c0 partition of engine.message for values in (0) partition by range (id);
  create table engine.event_c0 partition of engine.event for values in (0) partition by range (id);
  create table engine.body_c0 partition of engine.body for values in (0) partition by range (id);

  do $$
  declare
    moved record;
    kind text;
  begin
    for moved in
      select distinct substring(c.relname from '[0-9]{8}$') as day, pg_get_expr(c.relpartbound, c.oid) as bounds
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent in ('engine_before.message'::regclass, 'engine_before.event'::regclass)
    loop
      foreach kind in array array['message', 'event', 'body'] loop
        execute format('create table engine.%I partition of engine.%I %s',
                       kind || '_c0_' || moved.day, kind || '_c0', moved.bounds);
      end loop;
    end loop;
  end $$;

  insert into engine.body (tenant, id, part, class, content)
    select tenant, id, 0, 0, body from engine_before.message
    union all
    select tenant, id, 0, 0, output from engine_before.event where output is not null
    union all
    select tenant, id, 1, 0, reply from engine_before.event where reply is not null;
  insert into engine.message
    (tenant, id, origin, dedupe, pack, revision, size, body_at, class, verb, type, control_id, peer, terms)
    select tenant, id, origin, dedupe, id, revision, size, -1, 0, verb, type, control_id, peer, terms
      from engine_before.message;
  insert into engine.event
    (tenant, message_id, id, key, ref, pack, part, owed, attempt, output_at, reply_at, kind, class, destination, step,
     code, detail, actor, reason)
    select tenant, message_id, id, key, ref, case when output is not null or reply is not null then id end, part, owed,
           attempt, case when output is not null then -1 end, case when reply is not null then -1 end, kind, 0,
           destination, step, code, detail, actor, reason
      from engine_before.event;
  drop schema engine_before cascade;

  -- Every process that runs the tenant has checkpoints of its own.
  alter table engine.checkpoint drop constraint checkpoint_pkey;
  alter table engine.checkpoint add column node int2 not null default 0;
  alter table engine.checkpoint alter column node drop default;
  alter table engine.checkpoint add primary key (tenant, route, node);
`
