export {
  type CapabilitiesContext,
  defineConfig,
  type EnvironmentChanges,
  type SambandConfig,
} from './config/config-types.ts'
export type { EndpointChanges, EndpointInput, EndpointTypes } from './config/endpoint-types.ts'
export { type ConfigKey, configKeys, otherVariables } from './config/environment.ts'
export { configSchema } from './config/schema.ts'
export { hashicorpVault, type HashicorpVaultOptions } from './config/secrets/hashicorp-vault.ts'
export type { SecretContext, SecretProvider } from './config/secrets/secret-provider.ts'
export { type SecretReference, secret } from './config/secrets/secret-reference.ts'
export { type ExitCode, exitCodeMeanings } from './cli/exit-codes.ts'
export { type Example, examplesFor } from './cli/command-kit.ts'
export { createProgram } from './cli/program.ts'
