import assert from 'node:assert/strict'
import { test } from 'node:test'
import { articles } from '../src/systems/pharmacy/articles.ts'
import { conditions, outpatientOrders } from '../src/systems/ehr/conditions.ts'
import { profiles } from '../src/systems/lis/analyses.ts'
import { procedures } from '../src/systems/ris/procedures.ts'
import { drugCodes } from './drug-codes.ts'
import { labCodes, labProfiles } from './lab-codes.ts'
import { radiologyCodes } from './radiology-codes.ts'
import { tariffs } from './tariffs.ts'

const orders = [...conditions.flatMap(condition => condition.orders), ...outpatientOrders]

test('every analysis and profile of the laboratory has its common code', () => {
  for (const profile of Object.values(profiles)) {
    for (const { code } of profile.analyses) assert.ok(labCodes[code], code)
  }
  for (const { profile } of Object.values(labProfiles)) assert.ok(profiles[profile], profile)
})

test('whatever a doctor orders, the department knows', () => {
  for (const order of orders) {
    if (order.kind === 'lab') for (const panel of order.panels) assert.ok(labProfiles[panel], panel)
    else if (order.kind === 'radiology')
      assert.ok(procedures[radiologyCodes[order.procedure]?.ris ?? ''], order.procedure)
    else assert.ok(articles[drugCodes[order.atc]?.article ?? ''], order.atc)
  }
})

test('every panel and procedure has a tariff', () => {
  for (const code of [...Object.keys(labProfiles), ...Object.keys(radiologyCodes)]) assert.ok(tariffs[code], code)
})
