import { type FeedLimits, feedLimitsDefault } from './feed/limits.ts'
import { type PackageLimits, packageLimitsDefault } from './packages/limits.ts'
import { type ReindexLimits, reindexLimitsDefault } from './reindex/limits.ts'
import { type StoreLimits, storeLimitsDefault } from './storage/limits.ts'

/** Bounds of the hub; each can be set in the configuration. */
export type HubLimits = StoreLimits &
  FeedLimits &
  PackageLimits &
  ReindexLimits & {
    /** One resource, or a Bundle that is stored as one. */
    readonly resourceBytesMax: number
    /** A batch or transaction. */
    readonly bundleBytesMax: number
    readonly bundleEntriesMax: number
    readonly depthMax: number
    readonly issuesMax: number
    /** Resources of a page when the client does not say, and at most. */
    readonly pageDefault: number
    readonly pageMax: number
    /** Resources that `_include` and `_revinclude` add to a page. */
    readonly includesMax: number
    /** Rounds of `:iterate`. */
    readonly includeRoundsMax: number
    /** A search that takes longer is cancelled and refused as too costly. */
    readonly searchMs: number
    /** Resources that a chain or `_has` leads through that are looked up first; with more, each candidate is asked instead. */
    readonly searchLinksMax: number
    /** Texts or addresses with one beginning (`:text`, `:below`) that are looked up; with more, candidates are compared. */
    readonly searchTermsMax: number
    /** Resources that a part of a search may find where each has to be compared, such as a composite inside a chain. */
    readonly searchComparedMax: number
    /** Above it, `_total=accurate` is told as an estimate. */
    readonly totalMax: number
    /** Resources that one conditional delete removes, and `$everything` gives. */
    readonly conditionalDeleteMax: number
    readonly everythingMax: number
    /** Resources in one compartment that `$everything` pages through. */
    readonly everythingMembersMax: number
    /** A page of `$everything` is closed before it grows beyond, in characters of JSON; what is left comes on the next one. */
    readonly everythingCharactersMax: number
    /** Observations that `$lastn` looks at to find the last of each code, and how many of a code it gives. */
    readonly lastnMax: number
    readonly lastnEachMax: number
    /** Different profiles, tags and labels that `$meta` lists of a type or of all. */
    readonly metaValuesMax: number
  }

export const hubLimitsDefault: HubLimits = {
  ...storeLimitsDefault,
  ...feedLimitsDefault,
  ...packageLimitsDefault,
  ...reindexLimitsDefault,
  resourceBytesMax: 16 * 1024 * 1024,
  bundleBytesMax: 256 * 1024 * 1024,
  bundleEntriesMax: 100_000,
  depthMax: 128,
  issuesMax: 100,
  pageDefault: 20,
  pageMax: 1_000,
  includesMax: 5_000,
  includeRoundsMax: 10,
  searchMs: 20_000,
  searchLinksMax: 500,
  searchTermsMax: 2_000,
  searchComparedMax: 10_000,
  totalMax: 1_000_000,
  conditionalDeleteMax: 1_000,
  everythingMax: 100_000,
  everythingMembersMax: 500_000,
  everythingCharactersMax: 64 * 1024 * 1024,
  lastnMax: 50_000,
  lastnEachMax: 1_000,
  metaValuesMax: 5_000,
}
