import type { Migration } from '@samband/store'

/** No grant to the tenant role: nothing that answers a request reads hashes by accident. */
export const accessMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'users-sessions-tokens',
    sql: `
      create table access.user_account (
        tenant int not null,
        name text not null,
        password_hash text not null,
        roles text[] not null,
        created_at timestamptz not null,
        password_changed_at timestamptz not null,
        signed_in_at timestamptz,
        primary key (tenant, name)
      );

      create table access.session (
        tenant int not null,
        id text not null,
        hash bytea not null,
        user_name text not null,
        created_at timestamptz not null,
        used_at timestamptz not null,
        expires_at timestamptz not null,
        primary key (tenant, id),
        foreign key (tenant, user_name) references access.user_account (tenant, name) on delete cascade
      );
      create index session_user_name on access.session (tenant, user_name);

      create table access.api_token (
        tenant int not null,
        id text not null,
        hash bytea not null,
        name text not null,
        roles text[] not null,
        created_at timestamptz not null,
        created_by text not null,
        used_at timestamptz,
        expires_at timestamptz,
        primary key (tenant, id)
      );
    `,
  },
]
