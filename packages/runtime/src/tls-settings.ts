import { getCiphers, type SecureVersion } from 'node:tls'

/** How servers of a manager speak TLS; a part of the options of `node:tls`. */
export interface TlsSettings {
  readonly minVersion: SecureVersion
  /** OpenSSL's names, separated by colons; absent: Node.js's choice. */
  readonly ciphers?: string
}

const versions: Readonly<Record<string, SecureVersion>> = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
}

/**
 * From the names that Kubernetes' components use: Go's of the versions, IANA's of the cipher suites.
 *
 * Throws a RangeError that names what is not known and what is.
 */
export function tlsSettings(minVersion: string, cipherSuites: readonly string[] = []): TlsSettings {
  const version = Object.hasOwn(versions, minVersion) ? versions[minVersion] : undefined
  if (version === undefined) {
    throw new RangeError(`the TLS version is one of ${Object.keys(versions).join(', ')}, not "${minVersion}"`)
  }
  const ciphers = cipherSuites.map(opensslName)
  return { minVersion: version, ...(ciphers.length === 0 ? {} : { ciphers: ciphers.join(':') }) }
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` to OpenSSL; those of TLS 1.3 have one name. */
function opensslName(suite: string): string {
  const [exchange = '', cipher] = suite.replace(/^TLS_/, '').split('_WITH_')
  const name =
    cipher === undefined
      ? suite
      : [exchange === 'RSA' ? '' : `${exchange.replace('_', '-')}-`, opensslCipher(cipher)].join('')
  if (!getCiphers().includes(name.toLowerCase())) {
    throw new RangeError(
      `"${suite}" is no cipher suite that is known here; one is TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`,
    )
  }
  return name
}

function opensslCipher(cipher: string): string {
  return cipher
    .replace(/^AES_(\d+)_CBC_/, 'AES$1-')
    .replace(/^AES_(\d+)_/, 'AES$1-')
    .replace(/^(CHACHA20_POLY1305)_SHA256$/, '$1')
    .replaceAll('_', '-')
}
