import type { Migration } from './migrate.ts'

/** The store's own tables; every other package has its own schema and list. */
export const storeMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'data-key',
    sql: `
      create table store.data_key (
        tenant int not null,
        month int not null check (month between 202001 and 209912),
        master_key text not null,
        wrapped bytea,
        created_at timestamptz not null default now(),
        erased_at timestamptz,
        primary key (tenant, month),
        check ((wrapped is null) = (erased_at is not null))
      );
      comment on column store.data_key.month is 'yyyymm, UTC';
      comment on column store.data_key.master_key is 'fingerprint of the master key that wraps this one';
      comment on column store.data_key.wrapped is 'null once erased: what was sealed in that month never opens again';
    `,
  },
]
