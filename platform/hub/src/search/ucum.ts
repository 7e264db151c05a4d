import { createRequire } from 'node:module'
import type { UcumPort } from '@samband/fhir/fhirpath'

/** A unit of the library: what it is in base units. */
type LibraryUnit = {
  readonly magnitude_: number
  readonly dim_: { readonly dimVec_: readonly number[] | null } | null
  /** The function of a unit that is no mere multiple, such as Cel or [pH]. */
  readonly cnv_: string | null
  readonly isArbitrary_: boolean
}

/** The part of the library that is used; it has no types of its own. */
type Library = {
  readonly UcumLhcUtils: {
    getInstance(): {
      getSpecifiedUnit(code: string, mode: 'validate'): { readonly status: string; readonly unit: LibraryUnit | null }
    }
  }
}

type Conversion = { readonly factor: number; readonly offset: number; readonly unit: string }

/** Units that are kept: a hospital has some hundreds, and a client may send anything. */
export const unitsMax = 5_000

/** Longer codes are no units, nor are those with blanks or beyond ASCII (UCUM §2): the library writes to the console about them. */
const unitCode = /^[\x21-\x7e]{1,100}$/

/** Beyond these digits lies what multiplying doubles leaves: the same amounts in two units have to be the same number. */
const significantDigits = 12

/** UCUM's base units in the order of the library's dimensions (UCUM §28). */
const baseUnits = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'] as const

/**
 * Quantities in base units by UCUM, so that 1 g and 1000 mg are the same. A unit is read once; from then on a value costs a
 * multiplication (measured: 0.4 µs). Arbitrary units ([iU]) are like nothing else, and logarithms ([pH], dB) are not
 * proportional: they have no base unit, and are compared as they are written.
 */
export function loadUcum(): UcumPort {
  // CommonJS, and 25 ms: loaded by who opens a hub, not by who imports it.
  const library = createRequire(import.meta.url)('@lhncbc/ucum-lhc') as Library
  const utils = library.UcumLhcUtils.getInstance()
  let known = new Map<string, Conversion | undefined>()
  const conversionOf = (code: string): Conversion | undefined => {
    if (known.has(code)) return known.get(code)
    if (!unitCode.test(code)) return undefined
    const { status, unit } = utils.getSpecifiedUnit(code, 'validate')
    const conversion = status === 'valid' && unit !== null ? conversionFrom(code, unit) : undefined
    if (known.size >= unitsMax) known = new Map()
    known.set(code, conversion)
    return conversion
  }
  return {
    canonical(value, unit) {
      const conversion = conversionOf(unit)
      if (conversion === undefined) return undefined
      const number = Number(value) * conversion.factor + conversion.offset
      return { value: plainText(number), unit: conversion.unit }
    },
  }
}

/** Zero points of the scales of temperature: kelvin is offset + factor * value (UCUM §31). */
const temperatures: ReadonlyMap<string, number> = new Map([
  ['Cel', 273.15],
  ['[degF]', 459.67 * (5 / 9)],
])

function conversionFrom(code: string, unit: LibraryUnit): Conversion | undefined {
  const offset = temperatures.get(code)
  if (offset !== undefined) return { factor: code === 'Cel' ? 1 : 5 / 9, offset, unit: 'K' }
  if (unit.cnv_ !== null || unit.isArbitrary_ || !Number.isFinite(unit.magnitude_)) return undefined
  return { factor: unit.magnitude_, offset: 0, unit: baseUnit(unit.dim_?.dimVec_ ?? []) }
}

function baseUnit(exponents: readonly number[]): string {
  const parts = baseUnits.flatMap((name, index) => {
    const exponent = exponents[index] ?? 0
    return exponent === 0 ? [] : [exponent === 1 ? name : `${name}${exponent}`]
  })
  return parts.length === 0 ? '1' : parts.join('.')
}

/** Without an exponent, as decimals of FHIRPath are read. */
function plainText(number: number): string {
  const text = String(Number(number.toPrecision(significantDigits)))
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (match === null) return text
  const [, sign = '', first = '', rest = '', exponentText] = match
  const exponent = Number(exponentText)
  const digits = first + rest
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  return `${sign}${digits.padEnd(exponent + 1, '0')}`
}
