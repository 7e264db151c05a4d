import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '@samband/hl7v2'
import { route } from '@samband/route'
import { connectors, file, hl7v2, http, mllp, timer } from './index.ts'

const admissions = route('admissions', { version: '1.0.0', owner: 'team-ehr', purpose: 'treatment' })
  .from(mllp({ endpoint: 'ehr-in', ack: 'after-store' }))
  .parse(hl7v2())
  .orderBy(m => m.text('PID-3.1'))
  .to('lab', mllp({ endpoint: 'lab-out' }))
  .to('registry', http({ endpoint: 'registry', contentType: 'x-application/hl7-v2+er7' }))
  .to('archive', file({ endpoint: 'export', fileName: m => `${m.text('MSH-10') ?? 'none'}.hl7` }))
  .onError({ deadLetter: 'admissions' })

test('a route reads like its systems, and its types flow from the parser to the file name', () => {
  const parsed = parse('MSH|^~\\&|A|B|C|D|||ADT^A01|C1|P|2.5\r')
  assert.ok(parsed.ok)
  const [lab, registry, archive] = admissions.destinations
  assert.deepEqual(lab?.destination.encode(parsed.message).bytes, parsed.message.format())
  assert.deepEqual(registry?.destination.encode(parsed.message).attributes, {
    'http.header.content-type': 'x-application/hl7-v2+er7',
  })
  assert.deepEqual(archive?.destination.encode(parsed.message).attributes, { 'file.name': 'C1.hl7' })
  assert.equal(admissions.source.connector, 'mllp')
})

test('what cannot be sent as bytes does not compile', () => {
  const numbers = route('numbers', { version: '1.0.0', owner: 'team', purpose: 'test' })
    .from(timer({ every: '1h' }))
    .map('count', () => 1)
  // @ts-expect-error a number is no message: it has to be mapped to bytes, text or a message first
  numbers.to('lab', mllp({ endpoint: 'lab-out' }))
  // @ts-expect-error a duration has a unit of its own
  const pace = (): unknown => timer({ every: '7 days' })
  assert.throws(pace)
})

test('descriptors are frozen data, and each names a connector that exists', () => {
  const descriptors = [
    mllp({ endpoint: 'a' }),
    http({ endpoint: 'b' }),
    file({ endpoint: 'c' }),
    timer({ every: '5m' }),
  ]
  for (const descriptor of descriptors) {
    assert.ok(Object.isFrozen(descriptor) && Object.isFrozen(descriptor.options))
    assert.ok(connectors.some(connector => connector.name === descriptor.connector))
  }
  assert.equal(descriptors.at(-1)?.endpoint, 'every-5m')
})
