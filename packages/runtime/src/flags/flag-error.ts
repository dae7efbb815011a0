/** A flag is unknown or has a value it cannot have. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}
