export { type BlindIndex, createBlindIndex } from './blind-index.ts'
export {
  type Database,
  type DatabaseClient,
  type DatabaseOptions,
  type DatabasePoolClient,
  openDatabase,
  type Queryable,
  serverVersionMin,
} from './database.ts'
export { databaseErrorCode, toDatabaseError } from './database-error.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded/embedded-postgres.ts'
export { isAlive, startStamp } from './embedded/process-identity.ts'
export {
  createIdGenerator,
  type IdGenerator,
  type IdGeneratorOptions,
  idEpochMs,
  idFromTime,
  idNodeMax,
  timeOfId,
} from './ids.ts'
export { type KeyRing, type KeyRingOptions, type Month, monthOf, openKeyRing } from './key-ring.ts'
export { createMasterKey, loadMasterKey, type MasterKey, type MasterKeyOptions } from './master-key.ts'
export { type MigrateOptions, type Migration, migrate } from './migrate.ts'
export {
  dropPartitionsBefore,
  ensureDailyPartitions,
  listPartitions,
  type Partition,
  type PartitionLimits,
} from './partitions.ts'
export { asTenant, type TenantGrant, tenantPolicySql, tenantRole } from './row-security.ts'
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './test-database.ts'
