export { defineConfig, type SambandConfig } from './config/config-types.ts'
export { type ConfigKey, configKeys, otherVariables } from './config/environment.ts'
export { configSchema } from './config/schema.ts'
export { type ExitCode, exitCodeMeanings } from './cli/exit-codes.ts'
