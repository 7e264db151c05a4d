import { type Capabilities, createCapabilities } from './src/capabilities.ts'
import { type EndpointName, hospitalEndpoints, type HospitalEndpoint, portBaseFrom } from './src/endpoints.ts'

/**
 * The example hospital as a deployment: `samband start --example hospital`. In a project of your own, with samband
 * installed, this is `export default defineConfig({ ... })`, which completes and checks the keys; here the example
 * stands below the app that runs it and may not import it.
 */
const deployment: {
  readonly name: string
  readonly routes: string
  readonly endpoints: Readonly<Record<EndpointName, HospitalEndpoint>>
  readonly capabilities: () => Capabilities
  readonly companions: readonly string[]
} = {
  name: 'Fjordvik sykehus (example)',
  routes: './routes',
  endpoints: hospitalEndpoints(portBaseFrom(process.env)),
  capabilities: createCapabilities,
  // Off, when the simulators run in a terminal of their own, where one can type to them.
  companions: process.env['SAMBAND_HOSPITAL_SIMULATORS'] === 'off' ? [] : ['./src/main.ts'],
}

export default deployment
