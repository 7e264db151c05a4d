/**
 * Who runs, and who owns which lane. Two small tables: a row for each process that ever ran (the newest are kept), a row
 * for each lane. No time in them decides anything: `started_at` and `ended_at` are for people.
 *
 * `process.beat` counts up while the process lives. A beat changes no indexed column, so that PostgreSQL can do it in
 * place (heap-only tuples); the fill factor leaves the room.
 *
 * `lane.epoch` is the owner, null while there is none; `previous` the owner before. `token` grows at every change.
 */
export const membershipTablesSql = `
  create sequence engine.process_epoch;

  create table engine.process (
    tenant int4 not null,
    epoch int8 not null,
    node int2 not null,
    address text,
    state text not null check (state in ('alive', 'dead', 'left')),
    takes_lanes boolean not null,
    beat int8 not null,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    primary key (tenant, epoch)
  ) with (fillfactor = 50);
  create unique index process_node on engine.process (tenant, node) where state = 'alive';

  create table engine.lane (
    tenant int4 not null,
    lane int4 not null,
    epoch int8,
    previous int8,
    token int8 not null,
    primary key (tenant, lane)
  ) with (fillfactor = 50);
`
