import type { Random } from '../../random.ts'
import type { Moment } from '../system.ts'
import type { Admissions } from './admissions.ts'
import type { Stay } from './patient.ts'

/** What happens next in the hospital. */
export type Happening =
  | { readonly kind: 'admit' | 'register-outpatient' | 'register-unknown' | 'identify' }
  | { readonly kind: 'order' | 'transfer' | 'discharge' | 'cancel' | 'update' | 'end-visit'; readonly stay: Stay }

/** Beds that are taken on a usual day; above, people go home sooner and come later. */
const occupiedUsual = 23
const stayBeatsMin = 15

/**
 * Chooses by weights that keep the hospital about as full as hospitals are. The weights say how often things happen
 * compared with each other; how fast they happen is the speed setting's business.
 */
export function chooseHappening(admissions: Admissions, random: Random, moment: Moment): Happening {
  const { stays, occupied } = admissions
  const inBeds = stays.filter(stay => stay.bed !== undefined)
  const planned = stays.filter(stay => stay.plan.length > 0)
  const toMove = inBeds.filter(stay => stay.bed?.ward === 'AKM' && stay.ward !== 'AKM')
  const readyToLeave = inBeds.filter(stay => stay.plan.length === 0 && moment.beat - stay.admittedBeat >= stayBeatsMin)
  const fresh = inBeds.filter(stay => moment.beat - stay.admittedBeat < 4 && stay.plan.length >= 3)
  const pressure = (occupied - occupiedUsual) / 6
  const visitsDone = stays.filter(stay => stay.bed === undefined && stay.plan.length === 0)
  return draw(random, [
    [Math.min(6, planned.length * 0.8), () => onOneOf(random, planned, 'order')],
    [Math.max(0.15, 1.1 - pressure), () => ({ kind: 'admit' })],
    [Math.min(1.4, toMove.length * 0.4), () => onOneOf(random, toMove, 'transfer')],
    [readyToLeave.length === 0 ? 0 : Math.max(0.3, 1 + pressure), () => onOneOf(random, readyToLeave, 'discharge')],
    [inBeds.length === 0 ? 0 : 0.35, () => onOneOf(random, inBeds, 'update')],
    [0.5, () => ({ kind: 'register-outpatient' })],
    [Math.min(0.5, visitsDone.length), () => onOneOf(random, visitsDone, 'end-visit')],
    [fresh.length === 0 ? 0 : 0.06, () => onOneOf(random, fresh, 'cancel')],
    [0.06, () => ({ kind: 'register-unknown' })],
    [admissions.unidentified === 0 ? 0 : 0.12, () => ({ kind: 'identify' })],
  ])
}

type Choice = readonly [weight: number, make: () => Happening | undefined]

function draw(random: Random, choices: readonly Choice[]): Happening {
  let left = random.next() * choices.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, make] of choices) {
    left -= weight
    if (left < 0) return make() ?? { kind: 'register-outpatient' }
  }
  return { kind: 'register-outpatient' }
}

type KindWithStay = Extract<Happening, { stay: Stay }>['kind']

function onOneOf(random: Random, stays: readonly Stay[], kind: KindWithStay): Happening | undefined {
  const stay = stays[random.between(0, stays.length - 1)]
  return stay === undefined ? undefined : { kind, stay }
}
