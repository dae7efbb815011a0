/** What machines need to join cannot be found; the message says what is missing and where it may be put. */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError'
  readonly missing: 'endpoint' | 'certificateAuthority'

  constructor(missing: DiscoveryError['missing'], message: string) {
    super(message)
    this.missing = missing
  }
}
