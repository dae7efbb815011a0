import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { inlineKubeconfig, KubeconfigError } from './inline-kubeconfig.ts'

const twoContexts = `
apiVersion: v1
kind: Config
current-context: b
contexts:
- {name: a, context: {cluster: ca, user: ua}}
- {name: b, context: {cluster: cb, user: ub, namespace: kept-out}}
clusters:
- {name: ca, cluster: {server: 'https://a.example'}}
- {name: cb, cluster: {server: 'http://127.0.0.1:8080', certificate-authority: ca.crt}}
users:
- {name: ua, user: {exec: {command: aws, apiVersion: client.authentication.k8s.io/v1}}}
- {name: ub, user: {tokenFile: token}}
`

describe('inlineKubeconfig', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
    path = join(folder, 'config')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('keeps the current context alone and takes the files in', () => {
    writeFileSync(join(folder, 'ca.crt'), 'CERT')
    writeFileSync(join(folder, 'token'), 'secret\n')
    const { text, endpoint, execCommand } = inlineKubeconfig(twoContexts, path)
    expect(endpoint).toEqual({ host: '127.0.0.1', port: 8080 })
    expect(execCommand).toBeUndefined()
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'b',
      contexts: [{ name: 'b', context: { cluster: 'cb', user: 'ub' } }],
      clusters: [
        { name: 'cb', cluster: { server: 'http://127.0.0.1:8080', 'certificate-authority-data': 'Q0VSVA==' } },
      ],
      users: [{ name: 'ub', user: { token: 'secret' } }],
    })
  })

  test('takes another context by name and tells of its login program', () => {
    expect(inlineKubeconfig(twoContexts, path, 'a')).toMatchObject({
      endpoint: { host: 'a.example', port: 443 },
      execCommand: 'aws',
    })
  })

  test.each([
    ['', undefined, 'not a kubeconfig'],
    ['kind: Config', undefined, 'no current-context'],
    [twoContexts, 'c', 'no context named "c"; there is: a, b'],
    [twoContexts, 'b', 'refers to ca.crt, which cannot be read'],
    ['{current-context: a, contexts: [{name: a, context: {cluster: x}}]}', undefined, 'no cluster named "x"'],
  ])('refuses %j', (text, context, message) => {
    expect(() => inlineKubeconfig(text, path, context)).toThrow(KubeconfigError)
    expect(() => inlineKubeconfig(text, path, context)).toThrow(message)
  })
})
