import type { KubeadmConfigSpec } from '@machinepool/api'
import { expect, it } from 'vitest'

import type { KubeadmApi } from './kubernetes-version.ts'
import { unsupportedFields } from './unsupported.ts'

it.each<[string, KubeadmApi, KubeadmConfigSpec, string[]]>([
  ['a control plane', 'v1beta4', { joinConfiguration: { controlPlane: {} } }, ['spec.joinConfiguration.controlPlane']],
  [
    'fields newer than the kubeadm',
    'v1beta2',
    {
      joinConfiguration: {
        nodeRegistration: { imagePullPolicy: 'Always', imagePullSerial: true },
        skipPhases: ['preflight'],
        patches: { directory: '/p' },
      },
    },
    [
      'spec.joinConfiguration.nodeRegistration.imagePullPolicy',
      'spec.joinConfiguration.skipPhases',
      'spec.joinConfiguration.patches',
      'spec.joinConfiguration.nodeRegistration.imagePullSerial',
    ],
  ],
  [
    'an argument given twice before lists existed',
    'v1beta3',
    {
      joinConfiguration: {
        nodeRegistration: {
          kubeletExtraArgs: [
            { name: 'v', value: '1' },
            { name: 'v', value: '2' },
          ],
        },
      },
    },
    ['spec.joinConfiguration.nodeRegistration.kubeletExtraArgs[1]'],
  ],
  [
    'content from two places',
    'v1beta4',
    {
      files: [
        { path: '/a', content: 'x', contentFormat: 'Template' },
        { path: '/b', content: 'x', contentFrom: { secret: { name: 's', key: 'k' } } },
      ],
    },
    ['spec.files[1].contentFrom'],
  ],
  [
    'two ways of discovery',
    'v1beta4',
    { joinConfiguration: { discovery: { bootstrapToken: { token: 't' }, file: { kubeConfigPath: '/k' } } } },
    ['spec.joinConfiguration.discovery'],
  ],
  [
    'one disk partitioned twice',
    'v1beta4',
    {
      diskSetup: {
        partitions: [
          { device: '/dev/sdb', layout: true },
          { device: '/dev/sdb', layout: false },
        ],
      },
    },
    ['spec.diskSetup.partitions[1]'],
  ],
  ['ignition settings without the format', 'v1beta4', { ignition: {} }, ['spec.ignition']],
  [
    'what Ignition has no place for',
    'v1beta4',
    {
      format: 'ignition',
      bootCommands: ['true'],
      users: [{ name: 'a', inactive: true }],
      files: [{ path: '/a', content: 'x', encoding: 'gzip+base64' }],
      mounts: [['data', '/data'], ['data']],
      diskSetup: {
        partitions: [
          { device: '/dev/sdb', tableType: 'mbr', layout: true },
          { device: '/dev/sdc', diskLayout: [{ percentage: 100 }] },
        ],
        filesystems: [{ device: '/dev/sdb1', filesystem: 'ext4', replaceFS: 'ntfs', partition: 'auto' }],
      },
      ignition: { containerLinuxConfig: { additionalConfig: 'etcd: {}\nstorage: { files: [{ mode: x }] }\nnone: 1' } },
    },
    [
      'spec.bootCommands',
      'spec.users[0].inactive',
      'spec.files[0].encoding',
      'spec.mounts[1]',
      'spec.diskSetup.partitions[0].tableType',
      'spec.diskSetup.partitions[1].diskLayout',
      'spec.diskSetup.filesystems[0].replaceFS',
      'spec.diskSetup.filesystems[0].partition',
      'spec.ignition.containerLinuxConfig.additionalConfig',
      'spec.ignition.containerLinuxConfig.additionalConfig',
    ],
  ],
  ['nothing', 'v1beta4', { joinConfiguration: { nodeRegistration: { imagePullSerial: true } } }, []],
])('names %s', (_what, api, spec, paths) => {
  expect(unsupportedFields(spec, api).map((field) => field.path)).toEqual(paths)
})
