import type { Random } from '../random.ts'
import {
  familyNames,
  femaleNames,
  maleNames,
  places,
  samiFamilyNames,
  samiFemaleNames,
  samiMaleNames,
  streets,
} from './names.ts'
import { type NationalId, type Sex, syntheticNationalId } from './national-id.ts'

export type Address = { readonly street: string; readonly postcode: string; readonly city: string }

/** Somebody who does not exist. */
export type Person = {
  readonly nationalId: NationalId
  readonly family: string
  readonly given: string
  readonly middle: string | undefined
  /** ISO: '1985-07-15'. */
  readonly birthDate: string
  readonly sex: Sex
  readonly address: Address
}

export type People = {
  /** A person that was not given before. */
  readonly next: () => Person
  readonly address: () => Address
}

const dayMs = 86_400_000
const yearDays = 365.25
const ageMax = 96

/**
 * Gives new people, each with an own number; the same random stream gives the same people. `today` bounds the birth
 * dates.
 */
export function createPeople(random: Random, today: Date): People {
  const used = new Map<string, number>()
  const address = (): Address => {
    const [postcode, city] = random.pick(places)
    return { street: `${random.pick(streets)} ${random.between(1, 120)}`, postcode, city }
  }
  const unusedId = (birthDate: string, sex: Sex): NationalId | undefined => {
    const key = `${birthDate}${sex}`
    const serial = used.get(key) ?? 0
    used.set(key, serial + 1)
    return syntheticNationalId(birthDate, sex, serial)
  }
  const next = (): Person => {
    const sex: Sex = random.chance(0.5) ? 'F' : 'M'
    // Hospitals see the old: of two drawn ages the higher one.
    const age = Math.max(random.next(), random.next()) * ageMax
    const birthDate = new Date(today.getTime() - age * yearDays * dayMs).toISOString().slice(0, 10)
    const nationalId = unusedId(birthDate, sex)
    if (nationalId === undefined) return next()
    const names = drawNames(random, sex)
    return { nationalId, ...names, birthDate, sex, address: address() }
  }
  return { next, address }
}

function drawNames(random: Random, sex: Sex): Pick<Person, 'family' | 'given' | 'middle'> {
  if (random.chance(0.04)) {
    const given = random.pick(sex === 'F' ? samiFemaleNames : samiMaleNames)
    return { given, middle: undefined, family: random.pick(samiFamilyNames) }
  }
  return {
    given: random.pick(sex === 'F' ? femaleNames : maleNames),
    middle: random.chance(0.25) ? random.pick(familyNames) : undefined,
    family: random.pick(familyNames),
  }
}
