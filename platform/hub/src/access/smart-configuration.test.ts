import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadValidator } from '@samband/fhir/validation'
import { restSecurity } from '../capabilities/rest-security.ts'
import { securityFacts, type SmartConfigurationOptions, smartConfiguration } from './smart-configuration.ts'

const options: SmartConfigurationOptions = {
  tokenEndpoint: 'https://login.example.org/token',
  authorizationEndpoint: 'https://login.example.org/authorize',
  issuer: 'https://login.example.org',
  jwksUri: 'https://login.example.org/jwks',
  revocationEndpoint: 'https://login.example.org/revoke',
  grantTypes: ['authorization_code', 'client_credentials'],
  capabilities: ['launch-standalone', 'context-standalone-patient', 'client-public', 'sso-openid-connect'],
}

describe('what SMART apps are told', () => {
  test('the configuration has what SMART 2.2 asks for, and the permissions that the hub enforces', () => {
    const document = smartConfiguration(options)
    assert.equal(document['token_endpoint'], options.tokenEndpoint)
    assert.equal(document['authorization_endpoint'], options.authorizationEndpoint)
    assert.deepEqual(document['code_challenge_methods_supported'], ['S256'])
    assert.deepEqual(document['capabilities'], [
      ...options.capabilities,
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ])
    const scopes = document['scopes_supported']
    assert.ok(Array.isArray(scopes) && scopes.includes('openid') && scopes.includes('patient/*.rs'))
    assert.ok(!('registration_endpoint' in document))
  })

  test('for services alone it needs no endpoint to authorize at', () => {
    const { tokenEndpoint } = options
    const document = smartConfiguration({
      tokenEndpoint,
      grantTypes: ['client_credentials'],
      capabilities: ['client-confidential-asymmetric'],
      tokenEndpointAuthMethods: ['private_key_jwt'],
      scopes: ['system/*.rs'],
    })
    assert.ok(!('authorization_endpoint' in document) && !('issuer' in document))
    assert.deepEqual(document['scopes_supported'], ['system/*.rs'])
  })

  test('options that contradict each other are refused, all at once', () => {
    const { authorizationEndpoint: _a, jwksUri: _j, ...rest } = options
    assert.throws(
      () => smartConfiguration({ ...rest, tokenEndpoint: '/token', grantTypes: ['client_credentials'] }),
      /authorization endpoint.*authorization_code.*sso-openid-connect.*tokenEndpoint/,
    )
  })

  test('the CapabilityStatement says the same, validly', async () => {
    const validator = await loadValidator()
    const issues = validator.validate({
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: '2026-03-04',
      kind: 'instance',
      software: { name: 'Samband' },
      implementation: { description: 'test' },
      fhirVersion: '4.0.1',
      format: ['json'],
      rest: [{ mode: 'server', ...restSecurity(securityFacts(options)) }],
    })
    assert.deepEqual(
      issues.filter(({ severity }) => severity === 'error' || severity === 'fatal'),
      [],
    )
    assert.deepEqual(securityFacts(options), {
      tokenUrl: options.tokenEndpoint,
      authorizeUrl: options.authorizationEndpoint,
    })
  })
})
