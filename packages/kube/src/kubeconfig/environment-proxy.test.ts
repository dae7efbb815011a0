import { expect, test } from 'vitest'

import { proxyFromEnvironment } from './environment-proxy.ts'

const proxied = { HTTPS_PROXY: 'proxy:3128', http_proxy: 'http://plain:80' }

test.each([
  ['https://api.example.com', {}, undefined],
  ['https://api.example.com', proxied, 'http://proxy:3128'],
  ['http://api.example.com', proxied, 'http://plain:80'],
  ['https://api.example.com', { https_proxy: 'socks5://s:1080' }, 'socks5://s:1080'],
  ['https://127.0.0.1:6443', proxied, undefined],
  ['https://localhost', proxied, undefined],
  ['https://[::1]:6443', proxied, undefined],
])('%s with %j goes through %s', (server, environment, expected) => {
  expect(proxyFromEnvironment(server, environment)).toBe(expected)
})

test.each([
  ['*', 'https://api.example.com', true],
  ['example.com', 'https://api.example.com', true],
  ['example.com', 'https://example.com', true],
  ['example.com', 'https://badexample.com', false],
  ['.example.com', 'https://example.com', false],
  ['.example.com', 'https://api.example.com', true],
  ['*.example.com', 'https://api.example.com', true],
  ['API.example.com', 'https://api.example.com', true],
  ['other, api.example.com:6443', 'https://api.example.com:6443', true],
  ['api.example.com:6443', 'https://api.example.com', false],
  ['api.example.com:443', 'https://api.example.com', true],
  ['10.0.0.0/8', 'https://10.96.0.1', true],
  ['10.0.0.0/8', 'https://11.96.0.1', false],
  ['10.96.0.1', 'https://10.96.0.1:443', true],
  ['fd00::/8', 'https://[fd00::1]', true],
  ['fd00::1', 'https://[fd00::1]:6443', true],
  ['[fd00::1]:6443', 'https://[fd00::1]:6443', true],
  ['10.0.0.0/99', 'https://10.96.0.1', false],
  ['', 'https://api.example.com', false],
])('NO_PROXY=%s spares %s: %s', (exceptions, server, spared) => {
  const proxy = proxyFromEnvironment(server, { ...proxied, NO_PROXY: exceptions })
  expect(proxy).toBe(spared ? undefined : 'http://proxy:3128')
})
