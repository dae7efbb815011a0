/** A client certificate and its key, PEM. */
export interface ClientCertificate {
  readonly certificate: string
  readonly key: string
}

/** What proves who we are, at one moment. */
export interface Credential {
  /** Value of the `Authorization` header. */
  readonly authorization?: string
  readonly clientCertificate?: ClientCertificate
  /** Headers of impersonation (`Impersonate-User` ...). */
  readonly headers?: Readonly<Record<string, string | string[]>>
}

/** Where credentials come from. Files are read again and plugins run again when what they gave has aged. */
export interface CredentialSource {
  /** The present credential. Cheap when nothing has aged. Throws when it cannot be had; the message names the source. */
  current(signal?: AbortSignal): Promise<Credential>
  /** The server refused the credential (401): obtain a new one next time. False when a new one would be the same. */
  invalidate(): boolean
}

/** Everything a client needs to know about one cluster. */
export interface ClusterConfig {
  /** URL of the API server, possibly with a path. */
  readonly server: string
  /** PEM bundle; absent means the system's authorities. */
  readonly certificateAuthority?: string
  readonly insecureSkipTlsVerify?: boolean
  /** Name to ask for and to verify instead of the server's host name. */
  readonly tlsServerName?: string
  /** `http`, `https` or `socks5` URL. */
  readonly proxyUrl?: string
  /** The context's namespace; `default` when it names none. */
  readonly namespace: string
  readonly credentials: CredentialSource
}

/** A kubeconfig that cannot be used. The message names the place in the file and what would be right. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

/** A credential that never changes. */
export function staticCredential(credential: Credential): CredentialSource {
  return { current: () => Promise.resolve(credential), invalidate: () => false }
}
