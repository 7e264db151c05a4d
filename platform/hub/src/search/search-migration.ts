/**
 * What lasts is found by its end: dates longer than a day (`wideDateMs`), quantities that are a range. Everything else is
 * found by its beginning, so that these indexes hold little. The predicates stand in render-sql.ts as well.
 */
export const searchMigrationSql: string = `
  create index date_wide on hub.date (tenant, param, high, low, rid) where high > low + 86400000;
  create index quantity_wide on hub.quantity (tenant, param, high, rid) where high > low;
`
