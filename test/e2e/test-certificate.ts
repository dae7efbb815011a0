import { isIP } from 'node:net'

import { generate } from 'selfsigned'

/** A certificate and its private key, both PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

export interface TestCertificateOptions {
  readonly commonName?: string
  /** Host names and addresses that a server with it may have. */
  readonly names?: readonly string[]
  /** Signs it. Default: itself. */
  readonly issuer?: TestCertificate
}

/** A certificate for a server, for a client, or to sign others with. */
export async function createTestCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  const { commonName = 'test', names = [], issuer } = options
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(issuer === undefined ? {} : { ca: issuer }),
    extensions: [
      { name: 'basicConstraints', cA: issuer === undefined, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: issuer === undefined, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ...(names.length === 0
        ? []
        : [
            {
              name: 'subjectAltName' as const,
              altNames: names.map((name) =>
                isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
              ),
            },
          ]),
    ],
  })
  return { cert, key }
}
