/** A filter's refusal. The reason is shown to operators, so it may not be empty nor quote a patient's data. */
export type Drop = { readonly drop: string }

/** `drop('preliminary result')`: ends this item's way here, with a reason. An empty reason does not compile. */
export function drop<const Reason extends string>(reason: Reason extends '' ? never : Reason): Drop {
  return Object.freeze({ drop: reason })
}
