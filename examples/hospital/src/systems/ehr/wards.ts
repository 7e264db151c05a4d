export type WardCode = 'AKM' | 'MED' | 'KIR' | 'INT'

export type Bed = { readonly ward: WardCode; readonly room: string; readonly bed: string }

/** Akuttmottak, Medisinsk, Kirurgisk and Intensiv: thirty beds. */
export const wards: Readonly<Record<WardCode, { readonly name: string; readonly beds: number }>> = {
  AKM: { name: 'Akuttmottak', beds: 6 },
  MED: { name: 'Medisinsk sengepost', beds: 10 },
  KIR: { name: 'Kirurgisk sengepost', beds: 10 },
  INT: { name: 'Intensiv', beds: 4 },
}

export const bedCount: number = Object.values(wards).reduce((sum, ward) => sum + ward.beds, 0)

/** Which beds are taken. A bed is given to one stay at a time. */
export class BedBoard {
  readonly #free: Record<WardCode, Bed[]> = {
    AKM: bedsOf('AKM'),
    MED: bedsOf('MED'),
    KIR: bedsOf('KIR'),
    INT: bedsOf('INT'),
  }

  get occupied(): number {
    return bedCount - Object.values(this.#free).reduce((sum, beds) => sum + beds.length, 0)
  }

  hasFree(ward: WardCode): boolean {
    return this.#free[ward].length > 0
  }

  /** The free bed that has been empty for longest. */
  take(ward: WardCode): Bed | undefined {
    return this.#free[ward].shift()
  }

  release(bed: Bed): void {
    this.#free[bed.ward].push(bed)
  }
}

function bedsOf(ward: WardCode): Bed[] {
  return Array.from({ length: wards[ward].beds }, (_, index) => ({
    ward,
    room: String(101 + Math.floor(index / 2)),
    bed: String(1 + (index % 2)),
  }))
}
