import { expect, test } from 'vitest'

import { tlsSettings } from './tls-settings.ts'

test.each([
  ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
])('%s is %s', (suite, name) => {
  expect(tlsSettings('VersionTLS13', [suite])).toEqual({ minVersion: 'TLSv1.3', ciphers: name })
})

test('what is not known is refused by name', () => {
  expect(() => tlsSettings('TLS1.2')).toThrow('VersionTLS12, VersionTLS13, not "TLS1.2"')
  expect(() => tlsSettings('VersionTLS12', ['ROT13'])).toThrow('"ROT13" is no cipher suite')
  expect(tlsSettings('VersionTLS12')).toEqual({ minVersion: 'TLSv1.2' })
})
