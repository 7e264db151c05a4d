import type { EndpointSetting } from '@samband/engine'

/** Where routes deliver to the FHIR server, unless the configuration says something else under that name: how people call it on the map. */
export const hubEndpoint: Readonly<Record<string, EndpointSetting>> = {
  hub: { connector: 'fhir', system: 'FHIR server' },
}
