/** Differences that are meant, each with its reason. */
export const accepted: readonly { readonly pattern: RegExp; readonly reason: string }[] = []
