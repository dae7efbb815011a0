import { gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { findJoinConfiguration } from './kubeadm.ts'
import { readUserData } from './user-data.ts'

const data = { ds: { meta_data: { 'local-hostname': 'ip-10-0-0-4.ec2.internal' } }, v1: { region: 'us-east-1' } }

const join = (name: string, args: string) => `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: 10.0.0.1:6443
    token: abcdef.0123456789abcdef
nodeRegistration:
  name: '${name}'
  taints: []
  kubeletExtraArgs: ${args}
`

const cloudConfig = (file: string, encoding = '') => `## template: jinja
#cloud-config
write_files:
- path: /run/kubeadm/kubeadm-join-config.yaml
  encoding: "${encoding}"
  content: |
${file.replaceAll(/^/gm, '    ')}
`

function find(userData: string | Buffer) {
  return findJoinConfiguration(readUserData(Buffer.from(userData)), data)
}

test.each([
  ['a map of arguments', cloudConfig(join('{{ ds.meta_data.local_hostname }}', '{node-labels: a=b}'))],
  [
    'a list of arguments',
    cloudConfig(join("{{ ds.meta_data['local_hostname'] }}", '[{name: node-labels, value: a=b}]')),
  ],
  ['compressed', gzipSync(cloudConfig(join('{{ ds.meta_data["local-hostname"] }}', '{node-labels: a=b}')))],
  [
    'a MIME archive with a script before it',
    [
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="//"',
      '',
      '--//',
      'Content-Type: text/x-shellscript; charset="us-ascii"',
      '',
      '#!/bin/sh',
      'echo hello',
      '--//',
      'Content-Transfer-Encoding: base64',
      'Content-Type: text/cloud-config',
      '',
      Buffer.from(cloudConfig(join('{{ ds.meta_data.local_hostname }}', '{node-labels: a=b}'))).toString('base64'),
      '--//--',
      '',
    ].join('\r\n'),
  ],
])('finds the join configuration in %s', (_, userData) => {
  expect(find(userData)).toEqual({
    name: 'ip-10-0-0-4.ec2.internal',
    taints: [],
    kubeletArguments: { 'node-labels': 'a=b' },
    endpoint: '10.0.0.1:6443',
    token: 'abcdef.0123456789abcdef',
  })
})

test('reads files in base64 and gzip, without rendering what is encoded', () => {
  const file = gzipSync(join('{{ v1.region }}', '{}')).toString('base64')
  expect(find(cloudConfig(file, 'gz+b64'))?.name).toBe('{{ v1.region }}')
})

test('reads an Ignition config', () => {
  const source = `data:;base64,${Buffer.from(join('flatcar', '{}')).toString('base64')}`
  const config = {
    ignition: { version: '3.3.0' },
    storage: { files: [{ path: '/etc/kubeadm.yml', contents: { source } }] },
  }
  expect(find(JSON.stringify(config))?.name).toBe('flatcar')
})

test('leaves expressions alone without the jinja header, and marks unknown names with it', () => {
  const plain = cloudConfig(join('{{ v1.region }}', '{}')).replace('## template: jinja\n', '')
  expect(find(plain)?.name).toBe('{{ v1.region }}')
  expect(find(cloudConfig(join('{{ v1.nothing }}', '{}')))?.name).toBe('CI_MISSING_JINJA_VAR/v1.nothing')
})

test('takes one part of a name, as the templates for Google Cloud do', () => {
  const name = '{{ ds.meta_data.local_hostname.split(".")[0] }}'
  expect(find(cloudConfig(join(name, '{}')))?.name).toBe('ip-10-0-0-4')
})

test('finds nothing in user data of another kind', () => {
  expect(find('#!/bin/bash\n/etc/eks/bootstrap.sh my-cluster')).toBeUndefined()
  expect(find('')).toBeUndefined()
})
